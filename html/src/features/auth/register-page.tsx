import { Link } from 'react-router-dom';
import { Field } from '@/components/ui/field';
import { AuthCard, textOf } from '@/features/auth/auth-card';
import { useAuth } from '@/features/auth/store';

export function RegisterPage() {
    const register = useAuth((state) => state.register);

    return (
        <AuthCard
            title="Register"
            submit="Create account"
            submitTestId="register-submit"
            onSubmit={(form) => register({
                email: textOf(form, 'email').trim(),
                fullName: textOf(form, 'fullName').trim(),
                password: textOf(form, 'password'),
            })}
            footer={(
                <>Registered? <Link className="link link-accent" to="/login">Log in</Link></>
            )}
        >
            {(errors) => (
                <>
                    <Field
                        label="Full name"
                        name="fullName"
                        autoComplete="name"
                        autoFocus
                        error={errors.fullName ?? errors.firstName ?? errors.lastName}
                        data-testid="register-fullname"
                    />
                    <Field
                        label="Email"
                        name="email"
                        type="email"
                        autoComplete="email"
                        error={errors.email}
                        data-testid="register-email"
                    />
                    <Field
                        label="Password"
                        name="password"
                        type="password"
                        autoComplete="new-password"
                        error={errors.password}
                        data-testid="register-password"
                    />
                </>
            )}
        </AuthCard>
    );
}

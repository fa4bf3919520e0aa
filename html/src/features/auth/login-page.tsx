import { Link } from 'react-router-dom';
import { Field } from '@/components/ui/field';
import { AuthCard, textOf } from '@/features/auth/auth-card';
import { useAuth } from '@/features/auth/store';

export function LoginPage() {
    const login = useAuth((state) => state.login);

    return (
        <AuthCard
            title="Log in"
            submit="Log in"
            submitTestId="login-submit"
            onSubmit={(form) => login(textOf(form, 'name').trim(), textOf(form, 'password'))}
            footer={(
                <>New here? <Link className="link link-accent" to="/register">Register</Link></>
            )}
        >
            {(errors) => (
                <>
                    <Field
                        label="Email or username"
                        name="name"
                        autoComplete="username"
                        autoCapitalize="none"
                        autoFocus
                        error={errors.email ?? errors.username}
                        data-testid="login-email"
                    />
                    <Field
                        label="Password"
                        name="password"
                        type="password"
                        autoComplete="current-password"
                        error={errors.password}
                        data-testid="login-password"
                    />
                </>
            )}
        </AuthCard>
    );
}

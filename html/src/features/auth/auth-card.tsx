import { useRef, useState, type FormEvent, type ReactNode } from 'react';
import { ChatError, messageOf } from '@/lib/chat-error';

export type FieldErrors = Record<string, string | undefined>;

interface AuthCardProps {
    title: string;
    submit: string;
    submitTestId: string;
    onSubmit: (form: FormData) => Promise<void>;
    footer: ReactNode;
    children: (errors: FieldErrors) => ReactNode;
}

/*
 * What both forms share: one request at a time, errors at the inputs they
 * concern, the rest above the form. The server alone decides what is valid.
 */
export function AuthCard(props: AuthCardProps) {
    const form = useRef<HTMLFormElement>(null);
    const [busy, setBusy] = useState(false);
    const [error, setError] = useState<unknown>(null);

    const fields: FieldErrors = error instanceof ChatError ? error.fields : {};
    const general = error !== null && Object.keys(fields).length === 0;

    const onSubmit = async (event: FormEvent<HTMLFormElement>): Promise<void> => {
        event.preventDefault();
        setBusy(true);
        setError(null);

        try {
            await props.onSubmit(new FormData(event.currentTarget));

        } catch (caught) {
            setError(caught);
            setBusy(false);
            requestAnimationFrame(() => {
                form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
            });
        }
    };

    return (
        <main className="grid min-h-full place-items-center bg-base-200 p-4">
            <div className="card w-full max-w-sm border border-base-300 bg-base-100 shadow-sm">
                <form
                    ref={form}
                    noValidate
                    className="card-body gap-4"
                    onSubmit={(event) => { void onSubmit(event); }}
                >
                    <img src="/favicon.svg" alt="" className="size-10" />
                    <h1 className="text-2xl font-bold">{props.title}</h1>
                    {general && (
                        <p role="alert" className="alert alert-error alert-soft text-sm">
                            {messageOf(error)}
                        </p>
                    )}
                    {props.children(fields)}
                    <button
                        type="submit"
                        className="btn btn-primary mt-2"
                        disabled={busy}
                        data-testid={props.submitTestId}
                    >
                        {busy && <span className="loading loading-spinner loading-sm" />}
                        {props.submit}
                    </button>
                    <p className="text-center text-sm">{props.footer}</p>
                </form>
            </div>
        </main>
    );
}

/* What was typed into an input; a form has no other kind here. */
export function textOf(form: FormData, name: string): string {
    const value = form.get(name);

    return typeof value === 'string' ? value : '';
}

import { useId, type InputHTMLAttributes } from 'react';

interface FieldProps extends InputHTMLAttributes<HTMLInputElement> {
    label: string;
    error: string | undefined;
}

/* An input with its label, and below it what the server has against it. */
export function Field({ label, error, ...input }: FieldProps) {
    const id = useId();
    const wrong = error !== undefined;

    return (
        <div className="flex flex-col gap-1">
            <label htmlFor={id} className="text-sm font-medium">{label}</label>
            <input
                {...input}
                id={id}
                className={`input w-full ${wrong ? 'input-error' : ''}`}
                aria-invalid={wrong}
                aria-describedby={wrong ? `${id}-error` : undefined}
            />
            {wrong && <p id={`${id}-error`} className="text-sm text-error">{error}</p>}
        </div>
    );
}

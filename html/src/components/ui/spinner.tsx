export function Spinner({ label }: { label: string }) {
    return (
        <p role="status" className="flex items-center justify-center gap-2 p-4 text-sm opacity-70">
            <span className="loading loading-spinner loading-sm" aria-hidden="true" />
            {label}
        </p>
    );
}

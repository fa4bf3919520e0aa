interface RetryAlertProps {
    children: string;
    onRetry: () => void;
}

export function RetryAlert({ children, onRetry }: RetryAlertProps) {
    return (
        <div role="alert" className="alert alert-error alert-soft m-3 flex justify-between text-sm">
            <span>{children}</span>
            <button type="button" className="btn btn-sm" onClick={onRetry}>Try again</button>
        </div>
    );
}

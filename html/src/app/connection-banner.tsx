import { useConnection } from '@/app/connection';
import type { ConnectionState } from '@/lib/socket';

const TEXTS: Record<ConnectionState, string> = {
    connecting: 'Connecting…',
    online: 'Connected',
    reconnecting: 'Connection lost. Reconnecting…',
    offline: 'You are offline.',
};

/* Always there for those who listen; seen only when something is the matter. */
export function ConnectionBanner() {
    const state = useConnection((connection) => connection.state);
    const notice = useConnection((connection) => connection.notice);
    const tone = state === 'online' ? 'sr-only' : 'bg-warning text-warning-content';

    return (
        <>
            <p
                role="status"
                data-testid="connection-state"
                data-state={state}
                className={`px-4 py-1.5 text-center text-sm font-medium ${tone}`}
            >
                {TEXTS[state]}
            </p>
            {notice !== '' && (
                <div
                    role="alert"
                    className="flex items-center justify-center gap-3 bg-error px-4 py-1.5 text-sm
                        text-error-content"
                >
                    {notice}
                    <button
                        type="button"
                        className="btn btn-xs"
                        onClick={() => { useConnection.setState({ notice: '' }); }}
                    >
                        Dismiss
                    </button>
                </div>
            )}
        </>
    );
}

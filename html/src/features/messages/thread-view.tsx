import { useEffect } from 'react';
import { RetryAlert } from '@/components/ui/retry-alert';
import { Spinner } from '@/components/ui/spinner';
import { Composer } from '@/features/messages/composer';
import { MessageList } from '@/features/messages/message-list';
import { threadOf, useMessages } from '@/features/messages/store';

/* One conversation: history, what comes in, and the place to write. */
export function ThreadView({ peer, name }: { peer: string; name: string }) {
    const history = useMessages(({ threads }) => threadOf(threads, peer).history);
    const empty = useMessages(({ threads }) => {
        const { messages, outbox } = threadOf(threads, peer);

        return messages.length + outbox.length === 0;
    });
    const typing = useMessages(({ threads }) => threadOf(threads, peer).typing);
    const load = useMessages((state) => state.load);

    useEffect(() => {
        if (history === 'stale') {
            void load(peer);
        }
    }, [history, load, peer]);

    return (
        <>
            {history === 'failed' && (
                <RetryAlert onRetry={() => { void load(peer); }}>
                    The messages could not be loaded.
                </RetryAlert>
            )}
            {history === 'loading' && empty && <Spinner label="Loading messages…" />}
            {history === 'ready' && empty && (
                <p className="bg-base-200 p-6 text-center text-sm text-base-content/70">
                    Nothing here yet. Say hello to {name}.
                </p>
            )}
            <MessageList peer={peer} name={name} />
            <p
                role="status"
                data-testid="typing"
                className="h-6 truncate bg-base-200 px-4 text-xs leading-6 text-base-content/70
                    md:px-8"
            >
                {typing ? `${name} is typing…` : ''}
            </p>
            <Composer peer={peer} name={name} />
        </>
    );
}

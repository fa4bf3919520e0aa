/*
 * On the path of one message: its end. What features/messages/store.ts holds
 * of one conversation, seen: the messages, then what is not acknowledged yet.
 *
 * The scrolling box is a reversed column, so the browser itself keeps it at
 * the newest message, and in place when older ones are put before.
 */
import { useEffect, useRef } from 'react';
import { Bubble } from '@/features/messages/bubble';
import { DaySeparator } from '@/features/messages/day-separator';
import { OlderButton } from '@/features/messages/older-button';
import { threadOf, useMessages } from '@/features/messages/store';
import { statusOf } from '@/features/messages/thread';
import { sameDay } from '@/lib/dates';

export function MessageList({ peer, name }: { peer: string; name: string }) {
    const box = useRef<HTMLDivElement>(null);
    const messages = useMessages(({ threads }) => threadOf(threads, peer).messages);
    const outbox = useMessages(({ threads }) => threadOf(threads, peer).outbox);
    const deliveredSeq = useMessages(({ threads }) => threadOf(threads, peer).deliveredSeq);
    const readSeq = useMessages(({ threads }) => threadOf(threads, peer).readSeq);
    const retry = useMessages((state) => state.retry);

    const lastWritten = outbox.at(-1)?.clientId;
    const newest = messages.at(-1);

    /* To one's own message, wherever one was reading. */
    useEffect(() => {
        if (lastWritten !== undefined) {
            box.current?.scrollTo({ top: 0 });
        }
    }, [lastWritten]);

    const shown = [
        ...messages.map((message) => ({
            key: message.senderId === peer ? message._id : message.clientId ?? message._id,
            id: message._id,
            content: message,
            state: message.senderId === peer ? null : statusOf(message, { deliveredSeq, readSeq }),
            error: null,
            onRetry: undefined,
        })),
        ...outbox.map((outgoing) => ({
            key: outgoing.clientId,
            id: outgoing.clientId,
            content: outgoing,
            state: outgoing.error === null ? 'pending' as const : 'failed' as const,
            error: outgoing.error,
            onRetry: () => { void retry(peer, outgoing.clientId); },
        })),
    ];

    return (
        <>
            <div
                ref={box}
                role="region"
                aria-label={`Messages with ${name}`}
                tabIndex={0}
                className="flex min-h-0 flex-1 flex-col-reverse overflow-y-auto bg-base-200 px-3
                    py-4 focus-visible:outline-2 focus-visible:-outline-offset-2 md:px-6"
            >
                <ol data-testid="messages" className="mx-auto flex w-full max-w-3xl flex-col">
                    <OlderButton peer={peer} box={box} />
                    {shown.map(({ key, ...bubble }, i) => {
                        const before = shown[i - 1];
                        const at = bubble.content.createdAt;
                        const newDay = before === undefined
                            || !sameDay(before.content.createdAt, at);
                        const turn = (before?.state == null) !== (bubble.state === null);

                        return (
                            <li key={key} className={turn ? 'mt-3' : 'mt-1'}>
                                {newDay && <DaySeparator at={at} />}
                                <Bubble {...bubble} />
                            </li>
                        );
                    })}
                </ol>
            </div>
            {/* Read out: what arrives. The list itself is not a live region, else paging
                back would be read out too. */}
            <p aria-live="polite" className="sr-only">
                {newest?.senderId === peer ? `${name}: ${newest.text}` : ''}
            </p>
        </>
    );
}

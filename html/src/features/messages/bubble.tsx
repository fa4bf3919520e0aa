import { memo } from 'react';
import type { SendState } from '@/features/messages/thread';
import { Ticks } from '@/features/messages/ticks';
import { clockOf } from '@/lib/dates';
import type { Message } from '@/lib/events';

interface BubbleProps {
    id: string;                     /* _id, or clientId before there is one */
    content: Pick<Message, 'text' | 'attachments' | 'createdAt' | 'editedAt' | 'deletedAt'>;
    state: SendState | null;        /* null: not mine */
    error?: string | null;
    onRetry?: (() => void) | undefined;
}

export const Bubble = memo(function Bubble({ id, content, state, error, onRetry }: BubbleProps) {
    const mine = state !== null;

    return (
        <div
            data-testid={`message-${id}`}
            data-status={state ?? undefined}
            className={`flex flex-col ${mine ? 'items-end' : 'items-start'}`}
        >
            <div
                className={`max-w-[85%] rounded-2xl px-3 py-1.5 shadow-xs md:max-w-[36rem] ${mine
                    ? 'rounded-br-md bg-primary text-primary-content'
                    : 'rounded-bl-md bg-base-100'} ${state === 'failed' ? 'opacity-75' : ''}`}
            >
                <span className="sr-only">{mine ? 'You: ' : ''}</span>
                <Body content={content} />
                <span className="float-right mt-1.5 ml-3 flex items-center gap-1 text-[11px]/4">
                    {content.editedAt != null && <span className="opacity-70">edited</span>}
                    <time dateTime={content.createdAt} className="opacity-70">
                        {clockOf(content.createdAt)}
                    </time>
                    {mine && state !== 'failed' && <Ticks state={state} />}
                </span>
            </div>
            {state === 'failed' && (
                <p role="alert" className="mt-1 flex items-center gap-2 text-sm text-error">
                    <Ticks state="failed" />
                    {error}
                    <button
                        type="button"
                        className="btn btn-xs"
                        data-testid={`retry-${id}`}
                        onClick={onRetry}
                    >
                        Try again
                    </button>
                </p>
            )}
        </div>
    );
});

function Body({ content: { text, attachments = [], deletedAt } }: Pick<BubbleProps, 'content'>) {
    if (deletedAt != null) {
        return <em className="opacity-70">Message deleted</em>;
    }

    return (
        <>
            <span className="break-words whitespace-pre-wrap" dir="auto">{text}</span>
            {attachments.map(({ name = 'file' }, i) => (
                <span key={i} className="block text-sm opacity-80">Attachment: {name}</span>
            ))}
        </>
    );
}

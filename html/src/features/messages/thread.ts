/*
 * One direct conversation as this page knows it, and how it changes with each
 * thing heard: pure functions from thread to thread, used by store.ts alone.
 *
 * Whatever is heard twice, late or out of order leads to the same thread: a
 * message is known by its _id and stands at its seq, marks only grow.
 */
import type { Message, Receipt, Status } from '@/lib/events';

/* Written here, not yet acknowledged. */
export interface Outgoing {
    clientId: string;
    text: string;
    createdAt: string;
    error: string | null;       /* null: on its way */
}

export interface Thread {
    conversationId: string | null;      /* not known before the first message */
    messages: readonly Message[];       /* by seq, each _id once */
    outbox: readonly Outgoing[];        /* in the order written */
    deliveredSeq: number;               /* the other person's marks */
    readSeq: number;
    typing: boolean;                    /* the other person is */
    history: 'stale' | 'loading' | 'ready' | 'failed';
    older: 'more' | 'loading' | 'failed' | 'none';
}

export type SendState = Status | 'pending' | 'failed';

export const PAGE_SIZE = 50;

export const emptyThread: Thread = {
    conversationId: null,
    messages: [],
    outbox: [],
    deliveredSeq: 0,
    readSeq: 0,
    typing: false,
    history: 'stale',
    older: 'none',
};

/* A message heard, or acknowledged: then it is in the outbox no longer. */
export function withMessage(thread: Thread, message: Message, peer: string): Thread {
    const mine = message.senderId !== peer;

    return {
        ...thread,
        conversationId: message.conversationId,
        messages: merged(thread.messages, [message]),
        outbox: mine && message.clientId !== undefined
            ? thread.outbox.filter(({ clientId }) => clientId !== message.clientId)
            : thread.outbox,
        typing: thread.typing && mine,
    };
}

/* The newest page of the history: the thread is up to date from here on. */
export function withNewest(thread: Thread, page: readonly Message[], peer: string): Thread {
    const next = page.reduce((t, message) => withMessage(t, message, peer), thread);
    const messages = withoutGap(next.messages, page[0]?.seq ?? 1);

    return { ...next, messages, typing: thread.typing, history: 'ready', older: olderOf(messages) };
}

export function withOlder(thread: Thread, page: readonly Message[]): Thread {
    const messages = merged(thread.messages, page);
    const further = messages[0] !== thread.messages[0];

    return { ...thread, messages, older: further ? olderOf(messages) : 'none' };
}

/* The other person's receipt; read means delivered too. */
export function withReceipt(thread: Thread, { status, upToSeq }: Receipt): Thread {
    return {
        ...thread,
        deliveredSeq: Math.max(thread.deliveredSeq, upToSeq),
        readSeq: status === 'read' ? Math.max(thread.readSeq, upToSeq) : thread.readSeq,
    };
}

export function withOutgoing(thread: Thread, outgoing: Outgoing): Thread {
    return { ...thread, outbox: [...thread.outbox, outgoing] };
}

export function withOutcome(thread: Thread, clientId: string, error: string | null): Thread {
    return {
        ...thread,
        outbox: thread.outbox.map((outgoing) => (
            outgoing.clientId === clientId ? { ...outgoing, error } : outgoing
        )),
    };
}

/* What a message of mine was at when the server told it, or what marks say. */
export function statusOf(
    { seq, status }: Message, { deliveredSeq, readSeq }: Pick<Thread, 'deliveredSeq' | 'readSeq'>,
): Status {
    if (status === 'read' || seq <= readSeq) {
        return 'read';
    }

    return status === 'delivered' || seq <= deliveredSeq ? 'delivered' : 'sent';
}

/* Both are sorted but for rare latecomers, which sort() is quick with. */
function merged(held: readonly Message[], more: readonly Message[]): readonly Message[] {
    const byId = new Map(held.map((message) => [message._id, message]));

    for (const message of more) {
        const known = byId.get(message._id);

        if (known === undefined || known.updatedAt <= message.updatedAt) {
            byId.set(message._id, message);
        }
    }

    return [...byId.values()].sort((a, b) => a.seq - b.seq);
}

/*
 * What lies below the page and does not adjoin it is left out: paging back
 * brings it again, with what was missed between.
 */
function withoutGap(messages: readonly Message[], pageStart: number): readonly Message[] {
    let start = messages.findIndex(({ seq }) => seq >= pageStart);

    while (start > 0 && messages[start - 1]?.seq === (messages[start]?.seq ?? 0) - 1) {
        start--;
    }

    return start > 0 ? messages.slice(start) : messages;
}

function olderOf(messages: readonly Message[]): Thread['older'] {
    return (messages[0]?.seq ?? 1) > 1 ? 'more' : 'none';
}

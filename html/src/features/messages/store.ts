/*
 * On the path of one message: where it waits until it is acknowledged, and
 * where it is kept once app/live.ts has heard it; message-list.tsx shows what
 * stands here. The rules are in thread.ts; here are the threads, each under the
 * id of the other person, and the requests they make.
 */
import { create } from 'zustand';
import { get as fetchJson } from '@/lib/api-client';
import { messageOf } from '@/lib/chat-error';
import type { Message, Receipt, TypingNotice } from '@/lib/events';
import { randomId } from '@/lib/random-id';
import { sendMessage } from '@/lib/socket';
import {
    emptyThread, PAGE_SIZE, withMessage, withNewest, withOlder, withOutcome, withOutgoing,
    withReceipt, type Thread,
} from '@/features/messages/thread';

interface MessagesState {
    threads: Record<string, Thread>;

    load: (peer: string) => Promise<void>;
    loadOlder: (peer: string) => Promise<void>;
    send: (peer: string, text: string) => Promise<void>;
    retry: (peer: string, clientId: string) => Promise<void>;

    heardMessage: (message: Message, peer: string) => void;
    heardReceipt: (receipt: Receipt) => void;
    heardTyping: (notice: TypingNotice, typing: boolean) => void;
    missedSome: () => void;
}

/* Who stops without saying so has stopped after this long. */
const TYPING_MS = 6_000;

const typingTimers = new Map<string, ReturnType<typeof setTimeout>>();

export const useMessages = create<MessagesState>()((set, get) => {
    const change = (peer: string, how: (thread: Thread) => Thread): void => {
        set(({ threads }) => ({
            threads: { ...threads, [peer]: how(threadOf(threads, peer)) },
        }));
    };

    const page = (peer: string, before = ''): Promise<Message[]> => (
        fetchJson(`/api/messages/${peer}?limit=${String(PAGE_SIZE)}${before}`)
    );

    const deliver = async (peer: string, clientId: string, text: string): Promise<void> => {
        try {
            await sendMessage({ to: peer, text, clientId });

        } catch (error) {
            change(peer, (thread) => withOutcome(thread, clientId, messageOf(error)));
        }
    };

    return {
        threads: {},

        load: async (peer) => {
            change(peer, (thread) => ({ ...thread, history: 'loading' }));

            try {
                const newest = await page(peer);
                change(peer, (thread) => withNewest(thread, newest, peer));

            } catch {
                change(peer, (thread) => ({ ...thread, history: 'failed' }));
            }
        },

        loadOlder: async (peer) => {
            const { messages, older } = threadOf(get().threads, peer);
            const first = messages[0];

            if (first === undefined || older === 'loading') {
                return;
            }

            change(peer, (thread) => ({ ...thread, older: 'loading' }));

            try {
                const earlier = await page(peer, `&before=${String(first.seq)}`);
                change(peer, (thread) => withOlder(thread, earlier));

            } catch {
                change(peer, (thread) => ({ ...thread, older: 'failed' }));
            }
        },

        send: (peer, text) => {
            const clientId = randomId();
            const createdAt = new Date().toISOString();

            change(peer, (thread) => withOutgoing(thread, {
                clientId, text, createdAt, error: null,
            }));

            return deliver(peer, clientId, text);
        },

        /* The same clientId: had the server stored it already, it says so. */
        retry: async (peer, clientId) => {
            const { outbox } = threadOf(get().threads, peer);
            const outgoing = outbox.find((waiting) => waiting.clientId === clientId);

            if (outgoing !== undefined) {
                change(peer, (thread) => withOutcome(thread, clientId, null));
                await deliver(peer, clientId, outgoing.text);
            }
        },

        heardMessage: (message, peer) => {
            change(peer, (thread) => withMessage(thread, message, peer));
        },

        heardReceipt: (receipt) => {
            const peer = peerOf(get().threads, receipt);

            if (peer !== undefined) {
                change(peer, (thread) => withReceipt(thread, receipt));
            }
        },

        heardTyping: (notice, typing) => {
            const peer = peerOf(get().threads, notice);

            if (peer === undefined) {
                return;
            }

            clearTimeout(typingTimers.get(peer));
            change(peer, (thread) => ({ ...thread, typing }));

            if (typing) {
                typingTimers.set(peer, setTimeout(() => {
                    change(peer, (thread) => ({ ...thread, typing: false }));
                }, TYPING_MS));
            }
        },

        /* A connection that was not recovered: histories are read anew. */
        missedSome: () => {
            set(({ threads }) => ({
                threads: Object.fromEntries(Object.entries(threads).map(
                    ([peer, thread]) => [peer, { ...thread, history: 'stale' }],
                )),
            }));
        },
    };
});

export function threadOf(threads: Record<string, Thread>, peer: string): Thread {
    return threads[peer] ?? emptyThread;
}

/*
 * Whose thread is this about? Theirs who did it, if it is that conversation or
 * one without a message yet. Not mine (my other tab), and no group's.
 */
function peerOf(
    threads: Record<string, Thread>, { userId, conversationId }: TypingNotice,
): string | undefined {
    const thread = threads[userId];

    return thread !== undefined && (thread.conversationId ?? conversationId) === conversationId
        ? userId
        : undefined;
}

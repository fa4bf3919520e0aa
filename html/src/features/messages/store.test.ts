import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { get as fetchJson } from '@/lib/api-client';
import { ChatError } from '@/lib/chat-error';
import type { Message, Requests } from '@/lib/events';
import { sendMessage } from '@/lib/socket';
import { threadOf, useMessages } from '@/features/messages/store';
import { statusOf, type Thread } from '@/features/messages/thread';

vi.mock('@/lib/api-client', () => ({ get: vi.fn() }));
vi.mock('@/lib/socket', () => ({ sendMessage: vi.fn() }));

const PEER = 'b'.repeat(24);
const ME = 'a'.repeat(24);
const CONVERSATION = 'c'.repeat(24);

type Sent = Requests['send-message']['payload'];

function message(seq: number, more: Partial<Message> = {}): Message {
    const at = new Date(Date.UTC(2024, 0, 1) + seq * 1000).toISOString();

    return {
        _id: `id${String(seq)}`, conversationId: CONVERSATION, seq, senderId: PEER, receiverId: ME,
        text: `text ${String(seq)}`, status: 'sent', createdAt: at, updatedAt: at, ...more,
    };
}

function range(from: number, to: number): Message[] {
    return Array.from({ length: to - from + 1 }, (_, i) => message(from + i));
}

const { getState } = useMessages;
const thread = (): Thread => threadOf(getState().threads, PEER);
const seqs = (): number[] => thread().messages.map(({ seq }) => seq);
const hear = (heard: Message): void => { getState().heardMessage(heard, PEER); };
const statusAt = (seq: number): string => (
    statusOf(message(seq, { senderId: ME }), thread())
);

beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('crypto', { getRandomValues: (bytes: Uint8Array) => bytes.fill(7) });
    useMessages.setState({ threads: {} });
});

afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    vi.resetAllMocks();
});

describe('messages heard', () => {
    it('are kept once, however often they are told', () => {
        [1, 2, 2, 1].forEach((seq) => { hear(message(seq)); });

        expect(seqs()).toEqual([1, 2]);
    });

    it('stand in the order of seq, in whatever order they come', () => {
        [3, 1, 2].forEach((seq) => { hear(message(seq)); });

        expect(seqs()).toEqual([1, 2, 3]);
    });

    it('are replaced by an edited version, but not by an older one', () => {
        const edited = message(1, { text: 'edited', updatedAt: '2025-01-01T00:00:00.000Z' });

        [message(1), edited, message(1)].forEach(hear);

        expect(thread().messages).toEqual([edited]);
    });

    it('end the typing of who wrote them', () => {
        hear(message(1));
        getState().heardTyping({ conversationId: CONVERSATION, userId: PEER }, true);
        expect(thread().typing).toBe(true);

        hear(message(2));
        expect(thread().typing).toBe(false);
    });
});

describe('a message sent', () => {
    const acknowledge = async (sent: Sent): Promise<Message> => {
        const stored = message(1, { ...sent, senderId: ME, receiverId: PEER });

        await Promise.resolve();
        hear(stored);       /* as lib/socket.ts and app/live.ts do */

        return stored;
    };

    it('is pending at once, and leaves the outbox when acknowledged', async () => {
        vi.mocked(sendMessage).mockImplementation(acknowledge);

        const sending = getState().send(PEER, 'hello');
        expect(thread().outbox).toMatchObject([{ text: 'hello', error: null }]);

        await sending;
        expect(thread().outbox).toEqual([]);
        expect(thread().messages.map(({ text }) => text)).toEqual(['hello']);
    });

    it('that is refused fails with the reason, and is repeated with its clientId', async () => {
        vi.mocked(sendMessage).mockRejectedValueOnce(
            new ChatError({ code: 'unavailable', message: 'The chat is busy.' }),
        );

        await getState().send(PEER, 'hello');
        const [failed] = thread().outbox;
        expect(failed).toMatchObject({ text: 'hello', error: 'The chat is busy.' });

        vi.mocked(sendMessage).mockImplementation(acknowledge);
        await getState().retry(PEER, failed?.clientId ?? '');

        const [first, second] = vi.mocked(sendMessage).mock.calls;
        expect(second).toEqual(first);
        expect(thread().outbox).toEqual([]);
        expect(seqs()).toEqual([1]);
    });

    it('whose ack was lost leaves the outbox when history tells of it', async () => {
        vi.mocked(sendMessage).mockRejectedValueOnce(new Error('gone'));
        await getState().send(PEER, 'hello');

        const clientId = thread().outbox[0]?.clientId ?? '';
        vi.mocked(fetchJson).mockResolvedValue([message(1, { senderId: ME, clientId })]);
        await getState().load(PEER);

        expect(thread().outbox).toEqual([]);
    });

    it('is not confused with another person\'s of the same clientId', async () => {
        vi.mocked(sendMessage).mockRejectedValueOnce(new Error('gone'));
        await getState().send(PEER, 'hello');

        hear(message(1, { clientId: thread().outbox[0]?.clientId ?? '' }));

        expect(thread().outbox).toHaveLength(1);
    });
});

describe('the status of my message', () => {
    const receipt = (status: 'delivered' | 'read', upToSeq: number, more = {}): void => {
        getState().heardReceipt({
            conversationId: CONVERSATION, userId: PEER, status, upToSeq, at: '', ...more,
        });
    };

    beforeEach(() => { hear(message(1)); });

    it('follows the other person\'s marks', () => {
        expect(statusAt(2)).toBe('sent');
        receipt('delivered', 3);
        receipt('read', 2);

        expect([2, 3, 4].map(statusAt)).toEqual(['read', 'delivered', 'sent']);
    });

    it('never goes back', () => {
        receipt('read', 5);
        receipt('delivered', 6);
        receipt('read', 4);

        expect([5, 6].map(statusAt)).toEqual(['read', 'delivered']);
    });

    it('is not moved by my own reading or in another conversation', () => {
        receipt('read', 5, { userId: ME });
        receipt('read', 5, { conversationId: 'd'.repeat(24) });

        expect(statusAt(2)).toBe('sent');
    });

    it('is what the server said when that is more', () => {
        expect(statusOf(message(9, { status: 'read' }), thread())).toBe('read');
    });
});

describe('history', () => {
    it('is paged back from the oldest message held, until seq 1', async () => {
        vi.mocked(fetchJson).mockResolvedValueOnce(range(51, 100));
        await getState().load(PEER);
        expect(thread()).toMatchObject({ history: 'ready', older: 'more' });

        vi.mocked(fetchJson).mockResolvedValueOnce(range(1, 50));
        await getState().loadOlder(PEER);

        expect(fetchJson).toHaveBeenLastCalledWith(`/api/messages/${PEER}?limit=50&before=51`);
        expect(seqs()).toEqual(range(1, 100).map(({ seq }) => seq));
        expect(thread().older).toBe('none');
    });

    it('read anew after a gap shows no hole: what lies before it is paged in', async () => {
        vi.mocked(fetchJson).mockResolvedValueOnce(range(1, 20));
        await getState().load(PEER);

        range(101, 110).forEach(hear);
        getState().missedSome();
        expect(thread().history).toBe('stale');

        vi.mocked(fetchJson).mockResolvedValueOnce(range(61, 110));
        await getState().load(PEER);

        expect(seqs()).toEqual(range(61, 110).map(({ seq }) => seq));
        expect(thread().older).toBe('more');
    });

    it('keeps what came while it was read', async () => {
        vi.mocked(fetchJson).mockImplementationOnce(() => {
            hear(message(3));
            return Promise.resolve(range(1, 2));
        });
        await getState().load(PEER);

        expect(seqs()).toEqual([1, 2, 3]);
    });

    it('that cannot be read is said to have failed', async () => {
        vi.mocked(fetchJson).mockRejectedValueOnce(new Error('gone'));
        await getState().load(PEER);

        expect(thread().history).toBe('failed');
    });
});

describe('typing', () => {
    const notice = { conversationId: CONVERSATION, userId: PEER };

    beforeEach(() => { hear(message(1)); });

    it('ends by itself, six seconds after it was last told', () => {
        getState().heardTyping(notice, true);
        vi.advanceTimersByTime(4_000);
        getState().heardTyping(notice, true);
        vi.advanceTimersByTime(4_000);
        expect(thread().typing).toBe(true);

        vi.advanceTimersByTime(2_000);
        expect(thread().typing).toBe(false);
    });

    it('in another conversation of that person is not shown here', () => {
        getState().heardTyping({ ...notice, conversationId: 'd'.repeat(24) }, true);

        expect(thread().typing).toBe(false);
    });
});

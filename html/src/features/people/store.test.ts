import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { getList } from '@/lib/api-client';
import type { ListedPerson, Message } from '@/lib/events';
import { inOrder, unreadOf, usePeople } from '@/features/people/store';

vi.mock('@/lib/api-client', () => ({ getList: vi.fn() }));

const ME = 'me';
const { getState } = usePeople;

function message(peer: string, seq: number, more: Partial<Message> = {}): Message {
    const at = new Date(Date.UTC(2024, 0, 1) + seq * 1000).toISOString();

    return {
        _id: `${peer}${String(seq)}`, conversationId: `with ${peer}`, seq, senderId: peer,
        receiverId: ME, text: '', status: 'sent', createdAt: at, updatedAt: at, ...more,
    };
}

function listed(id: string, seq: number, unreadCount: number, online = false): ListedPerson {
    return {
        _id: id, fullName: id, online, unreadCount,
        lastMessage: seq === 0 ? null : message(id, seq),
    };
}

async function load(...people: ListedPerson[]): Promise<void> {
    vi.mocked(getList).mockResolvedValue(people);
    await getState().load();
}

const unread = (id: string): number => {
    const person = getState().people[id];

    return person === undefined ? NaN : unreadOf(person);
};

const hear = (peer: string, seq: number, more?: Partial<Message>): void => {
    getState().heardMessage(message(peer, seq, more), peer);
};

beforeEach(() => { usePeople.setState(usePeople.getInitialState(), true); });
afterEach(() => { vi.resetAllMocks(); });

describe('unread', () => {
    it('is what the list says, and grows with each message once', async () => {
        await load(listed('bob', 5, 2));
        expect(unread('bob')).toBe(2);

        [6, 6, 5, 7].forEach((seq) => { hear('bob', seq); });
        expect(unread('bob')).toBe(4);
    });

    it('is not counted twice when the list is read again', async () => {
        await load(listed('bob', 5, 2));
        hear('bob', 6);
        await load(listed('bob', 6, 3));

        expect(unread('bob')).toBe(3);
    });

    it('does not come back with a list older than my reading', async () => {
        await load(listed('bob', 5, 2));
        getState().read('bob', 5);
        await load(listed('bob', 5, 2));

        expect(unread('bob')).toBe(0);
    });

    it('is nothing after a message of my own', async () => {
        await load(listed('bob', 5, 2));
        hear('bob', 6, { senderId: ME, receiverId: 'bob' });

        expect(unread('bob')).toBe(0);
    });

    it('goes down when I read in another tab, not when the other person reads', async () => {
        const receipt = {
            conversationId: 'with bob', status: 'read' as const, upToSeq: 4, at: '',
        };

        await load(listed('bob', 5, 3));
        getState().heardReceipt({ ...receipt, userId: 'bob' }, ME);
        expect(unread('bob')).toBe(3);

        getState().heardReceipt({ ...receipt, userId: ME }, ME);
        expect(unread('bob')).toBe(1);
    });
});

describe('the order', () => {
    it('is the most recent conversation first, then by name', async () => {
        await load(listed('dora', 0, 0), listed('carl', 0, 0), listed('bob', 5, 0),
            listed('adam', 9, 0));
        hear('bob', 20);

        expect(inOrder(getState().people).map(({ _id }) => _id))
            .toEqual(['bob', 'adam', 'carl', 'dora']);
    });
});

describe('presence', () => {
    it('told while the list was under way is newer than the list', async () => {
        await load(listed('bob', 1, 0, false), listed('carl', 1, 0, false));

        vi.mocked(getList).mockImplementation(() => {
            getState().cameOnline('bob');
            return Promise.resolve([listed('bob', 1, 0, false), listed('carl', 1, 0, true)]);
        });
        await getState().load();

        expect(getState().online).toEqual({ bob: true, carl: true });
    });

    it('at connect tells of everybody I share a conversation with', async () => {
        await load(listed('bob', 1, 0, true), listed('carl', 0, 0, true), listed('dora', 1, 0));
        getState().heardOnline(['dora']);

        expect(getState().online).toEqual({ bob: false, carl: true, dora: true });
    });

    it('goes with when somebody was last seen', async () => {
        await load(listed('bob', 1, 0, true));
        getState().wentOffline('bob', '2024-01-01T00:00:00.000Z');

        expect(getState().online.bob).toBe(false);
        expect(getState().lastSeen.bob).toBe('2024-01-01T00:00:00.000Z');
    });
});

describe('somebody not in the list', () => {
    it.each([
        ['who writes', () => { hear('eve', 1); }],
        ['who comes online', () => { getState().cameOnline('eve'); }],
    ])('%s makes it be read again', async (_, happens) => {
        await load(listed('bob', 1, 0));
        vi.mocked(getList).mockResolvedValue([listed('bob', 1, 0), listed('eve', 1, 1, true)]);
        happens();

        await vi.waitFor(() => { expect(unread('eve')).toBe(1); });
    });

    it('who comes while it is read makes it be read once more', async () => {
        vi.mocked(getList).mockResolvedValueOnce([]).mockResolvedValueOnce([listed('eve', 1, 1)]);
        await Promise.all([getState().load(), getState().load(), getState().load()]);

        await vi.waitFor(() => { expect(unread('eve')).toBe(1); });
        expect(getList).toHaveBeenCalledTimes(2);
    });
});

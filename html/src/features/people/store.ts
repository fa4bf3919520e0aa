/*
 * The people one may write to: who is online, the last message with each, and
 * what is unread. Unread is lastSeq − readSeq, never a counter: both only grow,
 * so it does not matter how often or in which order the server tells of them.
 */
import { create } from 'zustand';
import { getList } from '@/lib/api-client';
import { messageOf } from '@/lib/chat-error';
import type { ListedPerson, Message, Receipt, User } from '@/lib/events';

export interface Person extends User {
    lastMessage: Message | null;
    lastSeq: number;
    readSeq: number;        /* up to where I have read */
}

interface PeopleState {
    people: Record<string, Person>;
    online: Record<string, boolean>;
    lastSeen: Record<string, string>;
    state: 'loading' | 'ready' | 'failed';
    error: string;

    load: () => Promise<void>;
    heardMessage: (message: Message, peer: string) => void;
    heardReceipt: (receipt: Receipt, me: string) => void;
    heardOnline: (userIds: string[]) => void;
    cameOnline: (userId: string) => void;
    wentOffline: (userId: string, lastSeen?: string) => void;
    read: (peer: string, seq: number) => void;
}

export const usePeople = create<PeopleState>()((set, get) => ({
    people: {},
    online: {},
    lastSeen: {},
    state: 'loading',
    error: '',

    load: once(async () => {
        const before = get().online;

        try {
            const listed = await getList<ListedPerson>('/api/messages/users');
            set((state) => ({ ...withListed(state, listed, before), state: 'ready', error: '' }));

        } catch (error) {
            set({ state: 'failed', error: messageOf(error) });
        }
    }),

    heardMessage: (message, peer) => {
        const known = get().people[peer];

        if (known?.lastMessage == null) {
            void get().load();      /* somebody new, or new to me: are they online? */
        }

        set(change(peer, (person) => ({
            ...person,
            lastMessage: newer(person.lastMessage, message),
            lastSeq: Math.max(person.lastSeq, message.seq),
            readSeq: message.senderId === peer
                ? person.readSeq
                : Math.max(person.readSeq, message.seq),
        })));
    },

    /* My own reading, in this tab or another. */
    heardReceipt: ({ conversationId, userId, status, upToSeq }, me) => {
        const peer = Object.values(get().people).find(
            ({ lastMessage }) => lastMessage?.conversationId === conversationId,
        );

        if (userId === me && status === 'read' && peer !== undefined) {
            get().read(peer._id, upToSeq);
        }
    },

    /* Tells of everybody I share a conversation with, and perhaps of more. */
    heardOnline: (userIds) => {
        set(({ people, online }) => {
            const next = { ...online };

            for (const { _id, lastMessage } of Object.values(people)) {
                next[_id] = lastMessage === null && next[_id] === true;
            }

            userIds.forEach((id) => { next[id] = true; });

            return { online: next };
        });
    },

    cameOnline: (userId) => {
        if (get().people[userId] === undefined) {
            void get().load();
        }

        set(({ online }) => ({ online: { ...online, [userId]: true } }));
    },

    wentOffline: (userId, lastSeen) => {
        set((state) => ({
            online: { ...state.online, [userId]: false },
            lastSeen: lastSeen === undefined
                ? state.lastSeen
                : { ...state.lastSeen, [userId]: lastSeen },
        }));
    },

    read: (peer, seq) => {
        set(change(peer, (person) => ({
            ...person, readSeq: Math.max(person.readSeq, seq),
        })));
    },
}));

export function unreadOf(person: Person): number {
    return Math.max(0, person.lastSeq - person.readSeq);
}

/* Most recent conversation first, then by name. */
export function inOrder(people: Record<string, Person>): Person[] {
    const at = ({ lastMessage }: Person): string => lastMessage?.createdAt ?? '';

    return Object.values(people).sort((a, b) => (
        at(b).localeCompare(at(a)) || a.fullName.localeCompare(b.fullName)
    ));
}

function change(
    id: string, how: (person: Person) => Person,
): (state: PeopleState) => Partial<PeopleState> {
    return ({ people }) => {
        const person = people[id];

        return person === undefined ? {} : { people: { ...people, [id]: how(person) } };
    };
}

/*
 * The list is a picture of a moment; what events told while it was under way
 * is newer. Marks and messages know by themselves which is newer, presence
 * does not: what changed since `before` stays.
 */
function withListed(
    state: PeopleState, listed: ListedPerson[], before: Record<string, boolean>,
): Partial<PeopleState> {
    const people: Record<string, Person> = {};
    const online = { ...state.online };
    const lastSeen = { ...state.lastSeen };

    for (const { unreadCount, online: isOnline, lastSeen: seen, ...user } of listed) {
        const { _id, lastMessage = null } = user;
        const known = state.people[_id];
        const listedSeq = lastMessage?.seq ?? 0;

        people[_id] = {
            ...user,
            lastMessage: newer(known?.lastMessage ?? null, lastMessage),
            lastSeq: Math.max(known?.lastSeq ?? 0, listedSeq),
            readSeq: Math.max(known?.readSeq ?? 0, listedSeq - unreadCount),
        };

        if (online[_id] === before[_id]) {
            online[_id] = isOnline;
        }

        if (seen != null) {
            lastSeen[_id] = seen;
        }
    }

    return { people, online, lastSeen };
}

function newer(a: Message | null, b: Message | null): Message | null {
    if (a === null || b === null) {
        return a ?? b;
    }

    return b.seq >= a.seq ? b : a;
}

/*
 * Asked for while it runs, it runs once more afterwards: the answer under way
 * may be older than the reason for asking.
 */
function once(work: () => Promise<void>): () => Promise<void> {
    let running: Promise<void> | null = null;
    let asked = 0;

    const run = async (): Promise<void> => {
        const answered = asked;

        await work();
        running = asked > answered ? run() : null;
    };

    return () => {
        asked++;
        running ??= run();
        return running;
    };
}

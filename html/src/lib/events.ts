/*
 * The contract with the server: what the things that travel look like. Types
 * alone, known by every layer; docs/http-api.md is where they come from.
 */

export interface User {
    _id: string;
    fullName: string;
    email?: string;
    username?: string;
    avatar?: string;
}

export type Status = 'sent' | 'delivered' | 'read';

/* Known by _id (an event may be told twice), ordered by seq (without gaps). */
export interface Message {
    _id: string;
    conversationId: string;
    seq: number;
    senderId: string;
    receiverId?: string;
    text: string;
    attachments?: { name?: string }[];
    clientId?: string;
    status: Status;
    createdAt: string;
    updatedAt: string;
    editedAt?: string | null;
    deletedAt?: string | null;
}

/* One line of the sidebar: GET /api/messages/users. */
export interface ListedPerson extends User {
    online: boolean;
    lastSeen?: string | null;
    unreadCount: number;
    lastMessage?: Message | null;
}

/* userId has got, or read, everything of the conversation up to upToSeq. */
export interface Receipt {
    conversationId: string;
    userId: string;
    status: 'delivered' | 'read';
    upToSeq: number;
    at: string;
}

export interface TypingNotice {
    conversationId: string;
    userId: string;
}

export interface Authenticated {
    user: User;
    recovered: boolean;
    expiresAt: string;
    unread: Record<string, number>;
}

export interface Failure {
    code: string;
    message: string;
    fields?: Record<string, string>;
}

/* Server → client. */
export interface ServerEvents {
    'authenticated': (hello: Authenticated) => void;
    'online-users': (userIds: string[]) => void;
    'user-online': (who: { userId: string }) => void;
    'user-offline': (who: { userId: string; lastSeen?: string }) => void;
    'new-message': (message: Message) => void;
    'message-updated': (message: Message) => void;
    'message-deleted': (message: Message) => void;
    'message-status': (receipt: Receipt) => void;
    'typing': (notice: TypingNotice) => void;
    'stop-typing': (notice: TypingNotice) => void;
    'error': (failure: Failure) => void;
}

/* Client → server, answered with {ok: true, …} or {ok: false, error}. */
export interface Requests {
    'send-message': {
        payload: { to: string; text: string; clientId: string };
        answer: { message: Message };
    };
    'mark-as-read': {
        payload: { userId: string; seq: number };
        answer: object;
    };
    'authenticate': {
        payload: { token: string };
        answer: object;
    };
}

/* Client → server, not answered, and dropped rather than delayed. */
export interface Notices {
    'typing': { to: string };
    'stop-typing': { to: string };
}

/*
 * On the path of one message: between the composer and nginx, both ways. A
 * message leaves here as the event `send-message`; its ack, and everybody
 * else's messages, come in here and go on to app/live.ts by the handlers given
 * to openSocket().
 *
 * The only file that knows socket.io. It knows neither stores nor who we are:
 * token, renewal and handlers are lent to it.
 */
import { io, type Socket } from 'socket.io-client';
import { ChatError } from '@/lib/chat-error';
import type { Failure, Message, Notices, Requests, ServerEvents } from '@/lib/events';

export type ConnectionState = 'connecting' | 'online' | 'reconnecting' | 'offline';

export interface SocketOwner {
    token: () => string;
    renew: (refused: string) => Promise<boolean>;   /* false: signed out */
    moved: (state: ConnectionState) => void;
    on: ServerEvents;
}

type Answer<E extends keyof Requests> =
    ({ ok: true } & Requests[E]['answer']) | { ok: false; error: Failure };

/* The first that gets through: some proxies let no WebSocket pass. */
const TRANSPORTS = { transports: ['websocket', 'polling'], tryAllTransports: true };
const ACK_TIMEOUT_MS = 10_000;
const NO_ANSWER = 'no_answer';
const REFUSED_WAIT_MS = 1_000;
const REFUSED_WAIT_MAX_MS = 30_000;

let socket: Socket | null = null;
let owner: SocketOwner | null = null;

/* Returns what closes it. One socket at a time. */
export function openSocket(given: SocketOwner): () => void {
    const opened = io({ ...TRANSPORTS, forceNew: true, autoConnect: false });

    let token = '';
    let refusals = 0;
    let wasOnline = false;
    let waiting: number | undefined;

    const tellState = (): void => { given.moved(stateOf(opened, wasOnline)); };

    /*
     * The server said no, so the client does not come back by itself. The
     * token is the likely reason: the first time it is renewed at once.
     */
    const refused = (): void => {
        const wait = refusals === 0 ? 0 : REFUSED_WAIT_MS * 2 ** refusals;

        refusals++;
        waiting = window.setTimeout(() => {
            void given.renew(token).catch(() => true).then((again) => {
                if (again && socket === opened) {
                    opened.connect();
                }
            });
        }, Math.min(wait, REFUSED_WAIT_MAX_MS));
    };

    opened.auth = (put) => {
        token = given.token();
        put({ token });
    };

    opened.on('connect', () => {
        refusals = 0;
        wasOnline = true;
        tellState();
    });

    opened.on('connect_error', () => {
        tellState();
        if (!opened.active) {
            refused();
        }
    });

    opened.on('disconnect', (reason) => {
        tellState();
        if (reason === 'io server disconnect') {
            refused();
        }
    });

    for (const [event, handler] of Object.entries(given.on)) {
        opened.on(event, handler as (...args: unknown[]) => void);
    }

    window.addEventListener('online', tellState);
    window.addEventListener('offline', tellState);

    socket = opened;
    owner = given;
    tellState();
    opened.connect();

    return () => {
        window.removeEventListener('online', tellState);
        window.removeEventListener('offline', tellState);
        window.clearTimeout(waiting);
        opened.off();
        opened.disconnect();

        if (socket === opened) {
            socket = null;
            owner = null;
        }
    };
}

/*
 * The server does not send us what we sent, it acknowledges it: the message in
 * the ack takes the same way to the stores as everybody else's.
 */
export async function sendMessage(
    payload: Requests['send-message']['payload'],
): Promise<Message> {
    const { message } = await insist(payload, Date.now() + ACK_TIMEOUT_MS);

    owner?.on['new-message'](message);

    return message;
}

/*
 * A connection that breaks takes the ack with it, perhaps not the message. On
 * the next one it is sent again: by its clientId the server knows it.
 */
async function insist(
    payload: Requests['send-message']['payload'], deadline: number,
): Promise<Requests['send-message']['answer']> {
    try {
        return await request('send-message', payload, deadline - Date.now());

    } catch (error) {
        const unanswered = error instanceof ChatError && error.code === NO_ANSWER;

        if (!unanswered || socket === null || Date.now() >= deadline) {
            throw error;
        }

        return insist(payload, deadline);
    }
}

/* Without a connection it waits for one, as long as it waits for the answer. */
export async function request<E extends keyof Requests>(
    event: E, payload: Requests[E]['payload'], timeoutMs = ACK_TIMEOUT_MS,
): Promise<Requests[E]['answer']> {
    let answer: Answer<E>;

    if (socket === null) {
        throw noAnswer();
    }

    try {
        answer = await socket.timeout(timeoutMs).emitWithAck(event, payload) as Answer<E>;

    } catch {
        throw noAnswer();       /* too late, or the connection is gone */
    }

    if (!answer.ok) {
        throw new ChatError(answer.error);
    }

    return answer;
}

/* Worth something now or never: dropped when there is no connection. */
export function notify<E extends keyof Notices>(event: E, payload: Notices[E]): void {
    if (socket?.connected === true) {
        socket.volatile.emit(event, payload);
    }
}

function noAnswer(): ChatError {
    return new ChatError({ code: NO_ANSWER, message: 'The server did not answer.' });
}

function stateOf(opened: Socket, wasOnline: boolean): ConnectionState {
    if (opened.connected) {
        return 'online';
    }

    if (!navigator.onLine) {
        return 'offline';
    }

    return wasOnline ? 'reconnecting' : 'connecting';
}

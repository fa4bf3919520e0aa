/*
 * REST: the bearer token goes with each request; a 401 is answered by one
 * renewal of the token and one repetition. No cookie is sent or kept: there is
 * one proof of who we are, and it is in session.ts.
 */
import { ChatError, unreachable } from '@/lib/chat-error';
import type { Failure } from '@/lib/events';
import {
    currentSession, endSession, rereadSession, startSession, type Grant, type Session,
} from '@/lib/session';

type Method = 'GET' | 'POST';

const TIMEOUT_MS = 20_000;
const LIST_PAGES_MAX = 20;

let renewing: Promise<Session | null> | null = null;

export async function get<T>(path: string): Promise<T> {
    return read<T>(await call('GET', path));
}

export async function post<T>(path: string, body: object): Promise<T> {
    return read<T>(await call('POST', path, body));
}

/* A list answers in pages; its Link header leads to the next. */
export async function getList<T>(path: string): Promise<T[]> {
    const all: T[] = [];
    let next: string | null = path;

    for (let page = 0; next !== null && page < LIST_PAGES_MAX; page++) {
        const response = await call('GET', next);
        all.push(...await read<T[]>(response));
        next = nextOf(response);
    }

    return all;
}

/* Signing in: without a token, since a stale one would be refused. */
export async function enter(path: string, body: object): Promise<void> {
    startSession(await read<Grant>(await send('POST', path, body)));
}

/*
 * A new pair for the one with the token `stale`; null: signed out. A refresh
 * token is good once, so there is one renewal at a time: in this tab by the
 * promise, among tabs by the lock, which browsers have on secure origins only.
 */
export function renew(stale: string): Promise<Session | null> {
    renewing ??= locked(() => renewOnce(stale)).finally(() => { renewing = null; });
    return renewing;
}

async function renewOnce(stale: string): Promise<Session | null> {
    const held = rereadSession();

    if (held?.token !== stale) {
        return held;            /* another tab was faster */
    }

    const response = await send('POST', '/api/auth/refresh', {
        refreshToken: held.refreshToken,
    });

    if (response.status === 400 || response.status === 401 || response.status === 403) {
        endSession();
        return null;
    }

    return startSession(await read<Grant>(response));
}

function locked<T>(work: () => Promise<T>): Promise<T> {
    return 'locks' in navigator
        ? navigator.locks.request('ngx_chat.renew', work) as Promise<T>
        : work();
}

async function call(method: Method, path: string, body?: object): Promise<Response> {
    const session = currentSession();
    const response = await send(method, path, body, session?.token);

    if (response.status !== 401 || session === null) {
        return response;
    }

    const renewed = await renew(session.token);

    return renewed === null ? response : send(method, path, body, renewed.token);
}

async function send(
    method: Method, path: string, body?: object, token?: string,
): Promise<Response> {
    const headers = new Headers();

    if (token !== undefined) {
        headers.set('Authorization', `Bearer ${token}`);
    }

    if (body !== undefined) {
        headers.set('Content-Type', 'application/json');
    }

    try {
        return await fetch(path, {
            method,
            headers,
            body: body === undefined ? null : JSON.stringify(body),
            credentials: 'omit',
            signal: AbortSignal.timeout(TIMEOUT_MS),
        });

    } catch {
        throw unreachable();
    }
}

async function read<T>(response: Response): Promise<T> {
    const body: unknown = await response.json().catch(() => null);

    if (response.ok && body !== null) {
        return body as T;
    }

    /* nginx's own error pages are HTML */
    throw new ChatError((body as Failure | null) ?? {
        code: `http_${String(response.status)}`,
        message: `The server answered ${String(response.status)}.`,
    });
}

function nextOf(response: Response): string | null {
    const link = /<([^>]*)>\s*;\s*rel="?next"?/.exec(response.headers.get('Link') ?? '');

    if (link === null) {
        return null;
    }

    const url = new URL(link[1] ?? '', window.location.origin);

    return url.pathname + url.search;
}

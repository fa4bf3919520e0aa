/*
 * Who is signed in in this browser: the token pair and its user, shared by all
 * tabs through localStorage. api-client.ts writes it (sign-in, renewal, end);
 * whoever needs to know of a change subscribes.
 */
import type { User } from '@/lib/events';

export interface Session {
    token: string;
    refreshToken: string;
    user: User;
    renewAt: number | null;     /* by this clock; null: when the server asks */
}

export type Grant = Omit<Session, 'renewAt'>;

type Listener = (session: Session | null) => void;

const KEY = 'ngx_chat.session';
const RENEW_BEFORE_MS = 90_000;

const listeners = new Set<Listener>();
let held = stored();

export function currentSession(): Session | null {
    return held;
}

/* Another tab may have written a moment ago: its event is still to come. */
export function rereadSession(): Session | null {
    take(stored());
    return held;
}

export function startSession({ token, refreshToken, user }: Grant): Session {
    const session = { token, refreshToken, user, renewAt: renewAt(token) };

    localStorage.setItem(KEY, JSON.stringify(session));
    take(session);

    return session;
}

export function endSession(): void {
    localStorage.removeItem(KEY);
    take(null);
}

export function onSession(listener: Listener): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

window.addEventListener('storage', (event) => {
    if (event.key === KEY || event.key === null) {
        take(stored());
    }
});

function take(session: Session | null): void {
    if (session?.token === held?.token) {
        return;
    }

    held = session;
    listeners.forEach((listener) => { listener(session); });
}

function stored(): Session | null {
    const text = localStorage.getItem(KEY);

    return text === null ? null : JSON.parse(text) as Session;
}

/*
 * The token's lifetime counts from now, not its hour of expiry: this clock and
 * the server's may differ by more than the 15 minutes a token lives.
 */
function renewAt(token: string): number | null {
    const { iat, exp } = claims(token);

    if (iat === undefined || exp === undefined) {
        return null;
    }

    const life = (exp - iat) * 1000;

    return Date.now() + life - Math.min(RENEW_BEFORE_MS, life / 2);
}

function claims(token: string): { iat?: number; exp?: number } {
    const part = token.split('.')[1] ?? '';

    try {
        const json = atob(part.replaceAll('-', '+').replaceAll('_', '/'));
        return JSON.parse(json) as { iat?: number; exp?: number };

    } catch {
        return {};      /* not a JWT: nothing is known of its life */
    }
}

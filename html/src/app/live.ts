/*
 * On the path of one message: from lib/socket.ts to the store that keeps it,
 * features/messages/store.ts. Every event of the socket has its line in one
 * table, which says what hears it; features do not know each other, so what
 * concerns two of them is told to both here.
 *
 * Also here, what holds as long as somebody is signed in: the connection, and
 * the token being renewed before it expires.
 */
import { useEffect } from 'react';
import { useConnection } from '@/app/connection';
import { useAuth } from '@/features/auth/store';
import { useMessages } from '@/features/messages/store';
import { usePeople } from '@/features/people/store';
import { renew } from '@/lib/api-client';
import type { Message, ServerEvents } from '@/lib/events';
import { currentSession, onSession } from '@/lib/session';
import { openSocket, request } from '@/lib/socket';

/* Tabs share the session: whoever is first spares the others the request. */
const RENEW_JITTER_MS = 30_000;
const RENEW_RETRY_MS = 15_000;

export function useLive(me: string): void {
    useEffect(() => {
        const close = openSocket({
            token: () => currentSession()?.token ?? '',
            renew: async (refused) => await renew(refused) !== null,
            moved: (state) => {
                useConnection.setState(state === 'online' ? { state, notice: '' } : { state });
            },
            on: handlers(me),
        });
        const stopRenewing = keepRenewed(me);

        return () => {
            stopRenewing();
            close();
        };
    }, [me]);
}

function handlers(me: string): ServerEvents {
    const people = usePeople.getState();
    const messages = useMessages.getState();

    return {
        'authenticated': ({ user, recovered }) => {
            useAuth.getState().heardUser(user);

            if (!recovered) {
                messages.missedSome();
                void people.load();
            }
        },
        'online-users': people.heardOnline,
        'user-online': ({ userId }) => { people.cameOnline(userId); },
        'user-offline': ({ userId, lastSeen }) => { people.wentOffline(userId, lastSeen); },

        'new-message': told,
        'message-updated': told,
        'message-deleted': told,
        'message-status': (receipt) => {
            messages.heardReceipt(receipt);
            people.heardReceipt(receipt, me);
        },
        'typing': (notice) => { messages.heardTyping(notice, true); },
        'stop-typing': (notice) => { messages.heardTyping(notice, false); },

        'error': ({ message }) => { useConnection.setState({ notice: message }); },
    };

    function told(message: Message): void {
        const peer = message.senderId === me ? message.receiverId : message.senderId;

        if (peer === undefined || message.receiverId === undefined) {
            return;         /* a group's: this page shows conversations of two */
        }

        messages.heardMessage(message, peer);
        people.heardMessage(message, peer);
    }
}

/* Whoever renewed the token, this tab or another: the socket gets the new one. */
function keepRenewed(me: string): () => void {
    let timer: number | undefined;

    const schedule = (): void => {
        const session = currentSession();

        window.clearTimeout(timer);

        if (session !== null && session.renewAt !== null) {
            const wait = Math.max(0, session.renewAt - Date.now());
            timer = window.setTimeout(attempt, wait + Math.random() * RENEW_JITTER_MS);
        }
    };

    const attempt = (): void => {
        renew(currentSession()?.token ?? '').catch(() => {
            timer = window.setTimeout(attempt, RENEW_RETRY_MS);
        });
    };

    const forget = onSession((session) => {
        if (session?.user._id !== me) {
            /* Nothing of one person may stay in memory for the next. */
            window.location.assign('/');
            return;
        }

        schedule();

        /* Refused, the socket is closed in time, and comes back by `renew`. */
        if (useConnection.getState().state === 'online') {
            request('authenticate', { token: session.token }).catch(() => undefined);
        }
    });

    schedule();

    return () => {
        forget();
        window.clearTimeout(timer);
    };
}

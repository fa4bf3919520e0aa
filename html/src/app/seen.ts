/*
 * Tells the server what has been read: whatever of the open conversation is
 * on the screen of a visible page. One request at a time, so that a flood of
 * messages is answered by a few receipts.
 */
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { useConnection } from '@/app/connection';
import { threadOf, useMessages } from '@/features/messages/store';
import { usePeople } from '@/features/people/store';
import { request } from '@/lib/socket';

export function useSeen(peer: string): void {
    const visible = useSyncExternalStore(onVisibility, () => !document.hidden);
    const online = useConnection(({ state }) => state === 'online');
    const newest = useMessages(({ threads }) => threadOf(threads, peer).messages.at(-1)?.seq ?? 0);
    const readSeq = usePeople(({ people }) => people[peer]?.readSeq ?? newest);
    const read = usePeople((state) => state.read);

    const [busy, setBusy] = useState(false);
    const triedSeq = useRef(0);

    /* What failed is worth another attempt on a new connection only. */
    useEffect(() => { triedSeq.current = 0; }, [online, peer]);

    useEffect(() => {
        if (!visible || !online || busy || newest <= Math.max(readSeq, triedSeq.current)) {
            return;
        }

        triedSeq.current = newest;
        setBusy(true);

        request('mark-as-read', { userId: peer, seq: newest })
            .then(() => { read(peer, newest); })
            .catch(() => undefined)     /* it stays unread, and is shown so */
            .finally(() => { setBusy(false); });
    }, [busy, newest, online, peer, read, readSeq, visible]);
}

function onVisibility(changed: () => void): () => void {
    document.addEventListener('visibilitychange', changed);

    return () => { document.removeEventListener('visibilitychange', changed); };
}

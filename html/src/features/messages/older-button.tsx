import { useEffect, useRef, type RefObject } from 'react';
import { threadOf, useMessages } from '@/features/messages/store';

interface OlderButtonProps {
    peer: string;
    box: RefObject<HTMLElement>;    /* what scrolls */
}

const LABELS = {
    more: 'Earlier messages',
    loading: 'Loading earlier messages…',
    failed: 'Earlier messages could not be loaded. Try again',
};

/* Above the oldest message; presses itself when scrolled into view. */
export function OlderButton({ peer, box }: OlderButtonProps) {
    const button = useRef<HTMLButtonElement>(null);
    const older = useMessages(({ threads }) => threadOf(threads, peer).older);
    const firstSeq = useMessages(({ threads }) => threadOf(threads, peer).messages[0]?.seq);
    const loadOlder = useMessages((state) => state.loadOlder);
    const more = older === 'more';

    useEffect(() => {
        if (button.current === null || !more) {
            return;
        }

        const observer = new IntersectionObserver(([entry]) => {
            if (entry?.isIntersecting === true) {
                void loadOlder(peer);
            }
        }, { root: box.current, rootMargin: '300px 0px' });

        observer.observe(button.current);

        return () => { observer.disconnect(); };
    }, [box, loadOlder, peer, more, firstSeq]);

    if (older === 'none') {
        return null;
    }

    return (
        <li className="text-center">
            <button
                ref={button}
                type="button"
                className="btn btn-ghost btn-sm font-normal"
                data-testid="older"
                disabled={older === 'loading'}
                onClick={() => { void loadOlder(peer); }}
            >
                {LABELS[older]}
            </button>
        </li>
    );
}

/*
 * On the path of one message: its beginning. What is written here goes to
 * features/messages/store.ts, which shows it at once as pending and hands it
 * to lib/socket.ts.
 */
import { useEffect, useRef, useState, type KeyboardEvent } from 'react';
import { useMessages } from '@/features/messages/store';
import { notify } from '@/lib/socket';

const TEXT_MAX = 10_000;
const TYPING_EVERY_MS = 3_000;      /* the other side forgets after 6 s */

export function Composer({ peer, name }: { peer: string; name: string }) {
    const [text, setText] = useState('');
    const input = useRef<HTMLTextAreaElement>(null);
    const typingToldAt = useRef(0);
    const send = useMessages((state) => state.send);
    const ready = text.trim() !== '';

    /* On a touch screen the keyboard would cover what one came to read. */
    useEffect(() => {
        if (window.matchMedia('(pointer: fine)').matches) {
            input.current?.focus();
        }
    }, []);

    useEffect(() => () => { stopTyping(peer, typingToldAt); }, [peer]);

    const write = (written: string): void => {
        setText(written);

        if (written === '') {
            stopTyping(peer, typingToldAt);

        } else if (Date.now() - typingToldAt.current > TYPING_EVERY_MS) {
            typingToldAt.current = Date.now();
            notify('typing', { to: peer });
        }
    };

    const submit = (): void => {
        if (ready) {
            typingToldAt.current = 0;       /* the message says that typing ended */
            void send(peer, text.trim());
            setText('');
        }

        input.current?.focus();
    };

    const onKeyDown = (event: KeyboardEvent): void => {
        /* Enter also chooses a word where words are composed of letters. */
        if (event.key === 'Enter' && !event.shiftKey && !event.nativeEvent.isComposing) {
            event.preventDefault();
            submit();
        }
    };

    return (
        <form
            className="border-t border-base-300 bg-base-100 p-3"
            onSubmit={(event) => { event.preventDefault(); submit(); }}
        >
            <div className="mx-auto flex w-full max-w-3xl items-end gap-2">
                <textarea
                    ref={input}
                    rows={1}
                    maxLength={TEXT_MAX}
                    dir="auto"
                    aria-label={`Message to ${name}`}
                    placeholder="Write a message"
                    className="textarea field-sizing-content max-h-40 min-h-10 flex-1 resize-none
                        text-base md:text-sm"
                    data-testid="composer"
                    value={text}
                    onChange={(event) => { write(event.target.value); }}
                    onKeyDown={onKeyDown}
                />
                <button
                    type="submit"
                    className="btn btn-primary"
                    data-testid="send"
                    disabled={!ready}
                >
                    Send
                </button>
            </div>
        </form>
    );
}

function stopTyping(peer: string, toldAt: { current: number }): void {
    if (toldAt.current !== 0) {
        toldAt.current = 0;
        notify('stop-typing', { to: peer });
    }
}

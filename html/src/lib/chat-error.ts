/*
 * The one error of the page: a REST answer that is none, a refused ack, a
 * server out of reach. `message` is for people, `code` for the program,
 * `fields` for the inputs of a form.
 */
import type { Failure } from '@/lib/events';

export class ChatError extends Error {
    readonly code: string;
    readonly fields: Record<string, string>;

    constructor({ code, message, fields }: Failure) {
        super(message);
        this.name = 'ChatError';
        this.code = code;
        this.fields = fields ?? {};
    }
}

export function unreachable(): ChatError {
    return new ChatError({
        code: 'unreachable',
        message: 'The server cannot be reached.',
    });
}

/* What to show of something caught. */
export function messageOf(error: unknown): string {
    return error instanceof ChatError ? error.message : 'Something went wrong.';
}

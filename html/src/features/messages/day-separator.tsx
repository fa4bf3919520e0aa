import { dayOf } from '@/lib/dates';

export function DaySeparator({ at }: { at: string }) {
    return (
        <p className="my-3 text-center">
            <time
                dateTime={at.slice(0, 10)}
                className="rounded-full bg-base-300 px-3 py-1 text-xs font-medium
                    text-base-content/80"
            >
                {dayOf(at)}
            </time>
        </p>
    );
}

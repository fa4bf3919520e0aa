/* Times as people read them, in the language of the browser. */

const clock = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const shortDay = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const longDay = new Intl.DateTimeFormat(undefined, {
    weekday: 'long', day: 'numeric', month: 'long', year: 'numeric',
});

export function clockOf(iso: string): string {
    return clock.format(new Date(iso));
}

export function dayOf(iso: string): string {
    const days = daysAgo(iso);

    return days === 0 ? 'Today' : days === 1 ? 'Yesterday' : longDay.format(new Date(iso));
}

/* Today the hour, before that the day. */
export function briefly(iso: string): string {
    return daysAgo(iso) === 0 ? clockOf(iso) : shortDay.format(new Date(iso));
}

export function sameDay(a: string, b: string): boolean {
    return new Date(a).toDateString() === new Date(b).toDateString();
}

function daysAgo(iso: string): number {
    const today = new Date().setHours(0, 0, 0, 0);
    const day = new Date(iso).setHours(0, 0, 0, 0);

    return Math.round((today - day) / 86_400_000);
}

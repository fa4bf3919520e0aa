interface AvatarProps {
    id: string;
    name: string;
    src?: string | undefined;
    size?: 'small' | 'large';
}

const SIZES = { small: 'size-9 text-sm', large: 'size-11 text-base' };

/* The picture, or initials on a colour that the id decides. */
export function Avatar({ id, name, src, size = 'large' }: AvatarProps) {
    const shape = `${SIZES[size]} shrink-0 rounded-full`;

    if (src !== undefined && src !== '') {
        return <img src={src} alt="" className={`${shape} object-cover`} />;
    }

    return (
        <span
            aria-hidden="true"
            className={`${shape} grid place-items-center font-semibold text-white select-none`}
            style={{ backgroundColor: `oklch(52% 0.09 ${String(hueOf(id))})` }}
        >
            {initialsOf(name)}
        </span>
    );
}

function initialsOf(name: string): string {
    const initials = name.trim().split(/\s+/).map((word) => Array.from(word)[0] ?? '?');

    return [...initials.slice(0, 1), ...initials.slice(1).slice(-1)].join('').toUpperCase();
}

function hueOf(id: string): number {
    return Array.from(id).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 360, 0);
}

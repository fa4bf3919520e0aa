import type { SendState } from '@/features/messages/thread';

const CLOCK = 'M8 3v5l3 2';
const TICK = 'M2 8.5 5.5 12 12 5';
const SECOND = 'M8.5 11 9.5 12 16 5';

const LOOKS: Record<SendState, { label: string; paths: string[]; tone: string }> = {
    pending: { label: 'Sending', paths: [CLOCK], tone: 'opacity-70' },
    failed: { label: 'Not sent', paths: ['M8 2v7', 'M8 12.5v.5'], tone: 'text-error' },
    sent: { label: 'Sent', paths: [TICK], tone: 'opacity-70' },
    delivered: { label: 'Delivered', paths: [TICK, SECOND], tone: 'opacity-70' },
    read: { label: 'Read', paths: [TICK, SECOND], tone: 'tick-read' },
};

export function Ticks({ state }: { state: SendState }) {
    const { label, paths, tone } = LOOKS[state];

    return (
        <svg
            role="img"
            aria-label={label}
            viewBox="0 0 18 16"
            className={`inline-block h-3.5 w-4 ${tone}`}
            fill="none"
            stroke="currentColor"
            strokeWidth="1.8"
            strokeLinecap="round"
            strokeLinejoin="round"
        >
            <title>{label}</title>
            {state === 'pending' && <circle cx="8" cy="8" r="6.5" />}
            {paths.map((path) => <path key={path} d={path} />)}
        </svg>
    );
}

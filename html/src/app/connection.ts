/* What the page says about its link to the server. */
import { create } from 'zustand';
import type { ConnectionState } from '@/lib/socket';

interface Connection {
    state: ConnectionState;
    notice: string;         /* the server's last complaint */
}

export const useConnection = create<Connection>()(() => ({
    state: 'connecting',
    notice: '',
}));

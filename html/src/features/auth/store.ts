/* Who is signed in, as the session of this browser says. */
import { create } from 'zustand';
import { enter, post } from '@/lib/api-client';
import type { User } from '@/lib/events';
import { currentSession, endSession, onSession } from '@/lib/session';

export interface Registration {
    email: string;
    fullName: string;
    password: string;
}

interface AuthState {
    user: User | null;
    login: (name: string, password: string) => Promise<void>;
    register: (registration: Registration) => Promise<void>;
    logout: () => Promise<void>;
    heardUser: (user: User) => void;
}

export const useAuth = create<AuthState>()((set) => ({
    user: currentSession()?.user ?? null,

    login: (name, password) => enter(
        '/api/auth/login',
        name.includes('@') ? { email: name, password } : { username: name, password },
    ),

    register: (registration) => enter('/api/auth/register', registration),

    /* Here it ends whatever the server says; there the token soon expires. */
    logout: async () => {
        try {
            await post('/api/auth/logout', {});
        } finally {
            endSession();
        }
    },

    heardUser: (user) => { set({ user }); },
}));

onSession((session) => {
    useAuth.setState({ user: session?.user ?? null });
});

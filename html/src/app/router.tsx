import { createBrowserRouter, Navigate, Outlet, useLocation } from 'react-router-dom';
import { ChatLayout } from '@/app/chat-layout';
import { ChatPage, NobodyChosen } from '@/app/chat-page';
import { LoginPage } from '@/features/auth/login-page';
import { RegisterPage } from '@/features/auth/register-page';
import { useAuth } from '@/features/auth/store';

export const router = createBrowserRouter([
    {
        element: <ForGuests />,
        children: [
            { path: '/login', element: <LoginPage /> },
            { path: '/register', element: <RegisterPage /> },
        ],
    },
    {
        element: <ForUsers />,
        children: [
            { path: '/', element: <NobodyChosen /> },
            { path: '/chat/:userId', element: <ChatPage /> },
        ],
    },
    { path: '*', element: <Navigate to="/" replace /> },
]);

/* Signed in, one is led to where one wanted to go. */
function ForGuests() {
    const signedIn = useAuth(({ user }) => user !== null);
    const state = useLocation().state as { from?: string } | null;

    if (signedIn) {
        return <Navigate to={state?.from ?? '/'} replace />;
    }

    return <Outlet />;
}

function ForUsers() {
    const user = useAuth((auth) => auth.user);
    const { pathname } = useLocation();

    if (user === null) {
        return <Navigate to="/login" replace state={{ from: pathname }} />;
    }

    return <ChatLayout me={user} />;
}

/* START HERE: app/router.tsx says what is where; app/live.ts, what comes in. */
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { RouterProvider } from 'react-router-dom';
import { router } from '@/app/router';
import '@/index.css';

const root = document.getElementById('root');

if (root === null) {
    throw new Error('index.html has no #root');
}

createRoot(root).render(
    <StrictMode>
        <RouterProvider router={router} future={{ v7_startTransition: true }} />
    </StrictMode>,
);

/*
 * Development: `CHAT_URL=http://127.0.0.1:PORT npm run dev` serves the page
 * from source and passes everything else on to a running nginx.
 */
import { fileURLToPath } from 'node:url';
import tailwindcss from '@tailwindcss/vite';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const target = process.env.CHAT_URL ?? 'http://127.0.0.1:8080';

/* nginx compares Origin with its own: the proxy speaks as that origin. */
const proxied = { target, changeOrigin: true, headers: { origin: target } };

export default defineConfig({
    plugins: [react(), tailwindcss()],
    resolve: {
        alias: { '@': fileURLToPath(new URL('./src', import.meta.url)) },
    },
    server: {
        proxy: {
            '/api': proxied,
            '/uploads': proxied,
            '/socket.io': { ...proxied, ws: true },
        },
    },
});

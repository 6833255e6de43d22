"""Shows the streams of the dev server in Redux DevTools, live.

The other end is ``npx @redux-devtools/cli``, or another server of the same remote protocol.
https://github.com/reduxjs/redux-devtools/tree/main/packages/redux-devtools-remote

===============  =============================================================
`watched`        tells a process of its own what a worker's function answered
`relay`          runs in that process: keeps the connection, and decides what to send
`streams`        finds the streams of calls, and reads their histories
`messages`       writes actions and states as Redux DevTools expects them
`socketcluster`  speaks the protocol below: SocketCluster over a WebSocket
===============  =============================================================

Requests are answered as without it: a worker puts its calls into a queue that drops them when it is
full, and the other process reads states by a handler of its own.
"""

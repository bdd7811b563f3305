/** The page that shows the screenshots of one node as they come in (sockets 6). */
import { escapeHtml } from './error-pages.js';
import type { HttpAnswer } from './http-answer.js';

/** Shorter texts are no image. */
const SHORTEST_IMAGE = 100;

/** The ids are shown as text and compared as strings: nothing of them can become markup or script. */
export function liveViewPage(agentId: string, nodeId: string): HttpAnswer {
  const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Borealis Live View - ${escapeHtml(agentId)}:${escapeHtml(nodeId)}</title>
<script src="https://cdn.socket.io/4.8.1/socket.io.min.js"></script>
</head>
<body>
<canvas id="screen"></canvas>
<script>
const agentId = ${scriptText(agentId)};
const nodeId = ${scriptText(nodeId)};
const canvas = document.getElementById("screen");
const context = canvas.getContext("2d");
const socket = io(window.location.origin, { transports: ["websocket"] });
socket.on("agent_screenshot_task", (task) => {
  if (!task || task.agent_id !== agentId || task.node_id !== nodeId) return;
  if (typeof task.image_base64 !== "string" || task.image_base64.length < ${SHORTEST_IMAGE}) return;
  const image = new Image();
  image.onload = () => {
    canvas.width = image.width;
    canvas.height = image.height;
    context.drawImage(image, 0, 0);
  };
  image.src = "data:image/png;base64," + task.image_base64;
});
</script>
</body>
</html>
`;
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body: Buffer.from(page) };
}

/** A string of the script: JSON, in which nothing can end the script element, nor a line. */
function scriptText(text: string): string {
  return JSON.stringify(text).replace(
    /[<>&\u2028\u2029]/g,
    (ch) => `\\u${ch.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

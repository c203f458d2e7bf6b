// Copies stdin to stdout until argv[2] bytes have passed, then kills itself.
let left = Number(process.argv[2]);
process.stdin.on("data", (chunk) => {
  process.stdout.write(chunk);
  left -= chunk.length;
  if (left <= 0) process.kill(process.pid, "SIGKILL");
});

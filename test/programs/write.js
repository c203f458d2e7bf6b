// Writes argv[2] bytes of lines to stdout, then the text of argv[3], then ends with exit code argv[4].
import { Buffer } from "node:buffer";

const [bytes, end = "", code = "0"] = process.argv.slice(2);
const line = `${"0123456789abcdef".repeat(4)}\n`;
const chunk = Buffer.from(line.repeat(1024));
let left = Number(bytes);
function write() {
  while (left > 0) {
    const piece = chunk.subarray(0, left);
    left -= piece.length;
    if (!process.stdout.write(piece)) return void process.stdout.once("drain", write);
  }
  process.stdout.write(end, () => process.exit(Number(code)));
}
write();

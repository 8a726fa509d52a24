// The network between one browser and Deskbell, which a journey can cut: a browser that is told to be offline keeps its
// open streams, a cable does not.
import { connect, createServer } from "node:net";

export class Wire {
  static async lay(to) {
    const wire = new Wire();
    const { hostname, port } = new URL(to);
    wire.sockets = new Set();
    wire.whole = true;
    wire.server = createServer((near) => {
      if (!wire.whole) return near.destroy();
      const far = connect(Number(port), hostname);
      for (const [socket, other] of [
        [near, far],
        [far, near],
      ]) {
        wire.sockets.add(socket);
        socket.pipe(other);
        socket.on("error", () => {});
        socket.on("close", () => {
          wire.sockets.delete(socket);
          other.destroy();
        });
      }
    });
    await new Promise((resolve) => wire.server.listen(0, "127.0.0.1", resolve));
    wire.url = `http://127.0.0.1:${wire.server.address().port}`;
    return wire;
  }

  cut() {
    this.whole = false;
    for (const socket of this.sockets) socket.destroy();
  }

  mend() {
    this.whole = true;
  }

  /** Takes it away. */
  drop() {
    this.cut();
    this.server.close();
  }
}

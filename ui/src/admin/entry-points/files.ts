// The QR code of a link as a file: the server draws it as SVG, and this page makes a PNG of that.
import { download } from "../../kit/download";

const PIXELS = 1024;

/** False if the picture could not be read. */
export async function downloadPng(url: string, name: string): Promise<boolean> {
  const picture = new Image(PIXELS, PIXELS);
  picture.src = url;
  try {
    await picture.decode();
  } catch {
    return false;
  }
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = PIXELS;
  const paper = canvas.getContext("2d");
  if (!paper) return false;
  // The modules stay sharp squares: blurred edges are slower to scan.
  paper.imageSmoothingEnabled = false;
  paper.drawImage(picture, 0, 0, PIXELS, PIXELS);
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, "image/png"));
  if (!blob) return false;
  download(blob, `${name}.png`);
  return true;
}

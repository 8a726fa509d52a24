// The QR code of a link as a file: the server draws it as SVG, and this page makes a PNG of that.
const PIXELS = 1024;

export const fileName = (name: string, account: string): string =>
  `${name} ${account}`
    .trim()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .toLowerCase() || "qr";

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
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = `${name}.png`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1_000);
  return true;
}

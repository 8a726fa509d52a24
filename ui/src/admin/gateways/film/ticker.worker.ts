// A clock in a worker: a page's own timers nearly stop while the page is in the background, as it is during filming.
let timer: ReturnType<typeof setInterval> | undefined;

onmessage = ({ data }: MessageEvent<number | null>) => {
  clearInterval(timer);
  if (data !== null) timer = setInterval(() => postMessage(null), data);
};

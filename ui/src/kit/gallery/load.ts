// A step between the first page and the gallery: the list of the many files that the gallery needs stays out of the first one.
export const load = () => import("./Gallery.svelte");

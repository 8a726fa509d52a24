// What a user wrote and the server does not have: drafts, and messages that wait for the network. It belongs to one user and
// stays in this browser only while they are signed in.
import { forgetAll, recallAll } from "../kit/local";

export const draftsOf = (user: string) => `draft.${user}.`;
export const unsentOf = (user: string) => `unsent.${user}.`;

/** The number of conversations with such texts. */
export function countOwnWords(user: string): number {
  const held = [draftsOf(user), unsentOf(user)].flatMap((prefix) => [...recallAll(prefix).keys()]);
  return new Set(held).size;
}

/** On a shared computer the next user must not find them. */
export function forgetOwnWords(user: string): void {
  forgetAll(draftsOf(user));
  forgetAll(unsentOf(user));
}

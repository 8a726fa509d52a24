// One's own settings, as the mock of the server stores them.
import type { UserSettings, UserSettingsChange } from "../src/api/models";

export class SettingsMock {
  now: UserSettings = {
    language: null,
    theme: "system",
    sounds: { offers: true, messages: true, volume: 100 },
    notifications: { offers: true, messages: true, flows: true },
    quiet_hours: null,
    push_public_key:
      "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
    version: 0,
  };

  answer(method: string, body: unknown): UserSettings {
    if (method !== "PATCH") return this.now;
    const { sounds, notifications, ...rest } = body as UserSettingsChange;
    const now = this.now;
    this.now = {
      ...now,
      ...(rest as Partial<UserSettings>),
      sounds: { ...now.sounds, ...(sounds as object) },
      notifications: { ...now.notifications, ...(notifications as object) },
      version: now.version + 1,
    };
    return this.now;
  }
}

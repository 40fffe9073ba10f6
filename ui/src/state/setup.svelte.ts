// Owns what the library is set up with: the profile that works in it, its
// settings, and the bucket.
import type { Bootstrap, BucketStatus, Failure, Profile, Settings } from "../ipc/bindings";

export class Setup {
  /** null until the library is open */
  profile = $state.raw<Profile | null>(null);
  profiles = $state.raw<Profile[]>([]);
  settings = $state.raw<Settings | null>(null);
  bucket = $state.raw<BucketStatus | null>(null);
  version = $state("");
  /** why nothing can be changed, if that is so */
  lookOnly = $state.raw<Failure | null>(null);

  take(bootstrap: Bootstrap): void {
    this.profile = bootstrap.profile;
    this.profiles = bootstrap.profiles;
    this.settings = bootstrap.settings;
    this.bucket = bootstrap.bucket;
    this.version = bootstrap.version;
    this.lookOnly = bootstrap.look_only;
  }
}

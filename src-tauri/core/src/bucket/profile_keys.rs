//! Keys from an AWS profile, for people who have set up R2 for other programs already.
//! Only keys that the profile's own files contain are used: nothing is contacted, and
//! no program is started.

use super::ConfigProblem;
use crate::secrets::{Credentials, Secret};
use aws_config::profile::{self, Profile};
use aws_runtime::env_config::file::EnvConfigFiles;
use aws_types::os_shim_internal::{Env, Fs};

/// The environment variable that names the profile for Vitrine.
pub(crate) const PROFILE: &str = "R2_AWS_PROFILE";
/// The environment variable that names the profile for all programs.
pub(crate) const PROFILE_OF_ALL: &str = "AWS_PROFILE";

/// What decides where the profiles are: the home folder on every system, and the two
/// variables that name other files.
const PLACES: [&str; 6] =
    ["HOME", "USERPROFILE", "HOMEDRIVE", "HOMEPATH", "AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"];

/// Reads the keys of a profile from `~/.aws/credentials` and `~/.aws/config`.
///
/// # Errors
/// Fails if the files cannot be read, if there is no such profile, or if it has no keys
/// of its own. No error quotes what the files say.
pub(crate) async fn credentials_of(
    name: &str,
    env: &(dyn Fn(&str) -> Option<String> + Send + Sync),
) -> Result<Credentials, ConfigProblem> {
    let places: Vec<_> = PLACES.iter().filter_map(|place| Some((*place, env(place)?))).collect();
    let places: Vec<_> = places.iter().map(|(place, value)| (*place, value.as_str())).collect();
    let (files, env) = (EnvConfigFiles::default(), Env::from_slice(&places));
    let profiles = profile::load(&Fs::real(), &env, &files, None).await.map_err(|_| {
        ConfigProblem::invalid(
            PROFILE,
            "cannot be looked up, because the files of AWS profiles cannot be read",
            "Check ~/.aws/credentials and ~/.aws/config.",
        )
    })?;
    let profile = profiles.get_profile(name).ok_or_else(|| {
        let mut known: Vec<_> = profiles.profiles().collect();
        known.sort_unstable();
        let advice = match known.as_slice() {
            [] => "There are no profiles. Create one in ~/.aws/credentials, or enter the keys.".to_owned(),
            known => format!("Known profiles: {}.", known.join(", ")),
        };
        ConfigProblem::invalid(PROFILE, "names no AWS profile", advice)
    })?;
    keys_of(profile).ok_or_else(|| {
        ConfigProblem::invalid(
            PROFILE,
            "names an AWS profile without keys",
            "Vitrine reads aws_access_key_id and aws_secret_access_key of a profile. It does not assume \
             roles, sign in or start programs.",
        )
    })
}

fn keys_of(profile: &Profile) -> Option<Credentials> {
    let value = |name| profile.get(name).map(str::trim).filter(|value| !value.is_empty()).map(Secret::new);
    Some(Credentials {
        access_key_id: value("aws_access_key_id")?,
        secret_access_key: value("aws_secret_access_key")?,
        session_token: value("aws_session_token"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::path::Path;

    fn env(home: &Path) -> impl Fn(&str) -> Option<String> + Send + Sync {
        let home = home.to_str().unwrap().to_owned();
        move |name| matches!(name, "HOME" | "USERPROFILE").then(|| home.clone())
    }

    fn home(credentials: &str, config: &str) -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join(".aws")).unwrap();
        fs::write(home.path().join(".aws/credentials"), credentials).unwrap();
        fs::write(home.path().join(".aws/config"), config).unwrap();
        home
    }

    #[tokio::test]
    async fn keys_of_a_profile_are_read_from_either_file() {
        let home = home(
            "[default]\naws_access_key_id = one\naws_secret_access_key = first\n\
             [r2]\naws_access_key_id = two\naws_secret_access_key = second\naws_session_token = third\n",
            "[profile other]\naws_access_key_id = four\naws_secret_access_key = fourth\n",
        );
        let env = env(home.path());
        let keys = async |name| {
            let found = credentials_of(name, &env).await.unwrap();
            let token = found.session_token.map(|token| token.expose().to_owned());
            (found.access_key_id.expose().to_owned(), found.secret_access_key.expose().to_owned(), token)
        };
        assert_eq!(keys("default").await, ("one".into(), "first".into(), None));
        assert_eq!(keys("r2").await, ("two".into(), "second".into(), Some("third".into())));
        assert_eq!(keys("other").await, ("four".into(), "fourth".into(), None));
    }

    #[tokio::test]
    async fn another_credentials_file_can_be_named() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys");
        fs::write(&file, "[r2]\naws_access_key_id = one\naws_secret_access_key = first\n").unwrap();
        let env = move |name: &str| {
            (name == "AWS_SHARED_CREDENTIALS_FILE").then(|| file.to_str().unwrap().to_owned())
        };
        assert_eq!(credentials_of("r2", &env).await.unwrap().access_key_id.expose(), "one");
    }

    #[tokio::test]
    async fn a_profile_that_cannot_be_used_is_explained_without_its_values() {
        let home = home(
            "[half]\naws_access_key_id = hunter2\n[role]\nrole_arn = arn:hunter2\nsource_profile = half\n",
            "",
        );
        let env = env(home.path());
        for (name, reason) in [
            ("half", "names an AWS profile without keys"),
            ("role", "names an AWS profile without keys"),
            ("absent", "names no AWS profile"),
        ] {
            let problem = credentials_of(name, &env).await.unwrap_err();
            assert!(problem.to_string().contains(reason), "{name}: {problem}");
            assert!(!format!("{problem:?}").contains("hunter2"), "{name}");
        }
        let ConfigProblem::Invalid { advice, .. } = credentials_of("absent", &env).await.unwrap_err() else {
            panic!("another problem");
        };
        assert_eq!(advice, "Known profiles: half, role.");
    }

    #[tokio::test]
    async fn damaged_files_are_reported_without_quoting_them() {
        let home = home("[r2\naws_secret_access_key = hunter2", "");
        let problem = credentials_of("r2", &env(home.path())).await.unwrap_err();
        assert!(!format!("{problem} {problem:?}").contains("hunter2"));
    }
}

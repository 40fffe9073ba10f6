//! Keys from an AWS profile, for people who have set up R2 for other programs already.
//! Only keys that the profile's own files contain are used: nothing is contacted, and
//! no program is started.

use super::ConfigProblem;
use crate::secrets::{Credentials, Secret};
use aws_config::profile::{self, Profile};
use aws_runtime::env_config::file::{EnvConfigFileKind, EnvConfigFiles};
use aws_types::os_shim_internal::{Env, Fs};
use std::fs;
use std::path::{Path, PathBuf};

/// The environment variable that names the profile for Vitrine.
pub(crate) const PROFILE: &str = "R2_AWS_PROFILE";
/// The environment variable that names the profile for all programs.
pub(crate) const PROFILE_OF_ALL: &str = "AWS_PROFILE";

/// The files with profiles: the variable that names another one, and its name in
/// `~/.aws`.
const FILES: [(EnvConfigFileKind, &str, &str); 2] = [
    (EnvConfigFileKind::Config, "AWS_CONFIG_FILE", "config"),
    (EnvConfigFileKind::Credentials, "AWS_SHARED_CREDENTIALS_FILE", "credentials"),
];
/// The largest file that is read, in bytes.
const LARGEST_FILE: u64 = 1 << 20;
/// The most profiles that a problem lists.
const MOST_NAMED: usize = 10;

/// Reads the keys of a profile from `~/.aws/credentials` and `~/.aws/config`. `source`
/// is the variable that problems name.
///
/// # Errors
/// Fails if the files cannot be read, if there is no such profile, or if it has no keys
/// of its own. No error quotes what the files say, except for the names of profiles.
pub(crate) async fn credentials_of(
    name: &str,
    source: &'static str,
    env: &(dyn Fn(&str) -> Option<String> + Send + Sync),
) -> Result<Credentials, ConfigProblem> {
    let unreadable = || {
        ConfigProblem::invalid(
            source,
            "cannot be looked up, because the files of AWS profiles cannot be read",
            "Check ~/.aws/credentials and ~/.aws/config.",
        )
    };
    let home = env("HOME").or_else(|| env("USERPROFILE")).map(PathBuf::from).or_else(dirs::home_dir);
    let mut files = EnvConfigFiles::builder();
    for (kind, variable, usual) in FILES {
        let named = env(variable).map(PathBuf::from);
        let file = named.or_else(|| Some(home.as_ref()?.join(".aws").join(usual)));
        let text = tokio::task::spawn_blocking(move || file.map(|file| text_of(&file)).transpose()).await;
        if let Some(text) = text.map_err(|_| unreadable())?.map_err(|_| unreadable())?.flatten() {
            files = files.with_contents(kind, text);
        }
    }
    let nowhere = Env::from_slice(&[]);
    let profiles = profile::load(&Fs::from_slice(&[]), &nowhere, &files.build(), None)
        .await
        .map_err(|_| unreadable())?;
    let profile = profiles.get_profile(name).ok_or_else(|| {
        let mut known: Vec<_> = profiles.profiles().collect();
        known.sort_unstable();
        known.truncate(MOST_NAMED);
        let advice = match known.as_slice() {
            [] => "There are no profiles. Create one in ~/.aws/credentials, or enter the keys.".to_owned(),
            known => format!("Known profiles: {}.", known.join(", ")),
        };
        ConfigProblem::invalid(source, "names no AWS profile", advice)
    })?;
    keys_of(profile).ok_or_else(|| {
        ConfigProblem::invalid(
            source,
            "names an AWS profile without keys",
            "Vitrine reads aws_access_key_id and aws_secret_access_key of a profile. It does not assume \
             roles, sign in or start programs.",
        )
    })
}

/// Returns the text of a file; `None` if there is none. Reads no pipe, because nobody
/// may ever write into it.
fn text_of(file: &Path) -> std::io::Result<Option<String>> {
    let found = match fs::metadata(file) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        found => found?,
    };
    if !found.is_file() || found.len() > LARGEST_FILE {
        return Err(std::io::ErrorKind::InvalidInput.into());
    }
    // Some editors of Windows begin a file with a byte order mark.
    let text = fs::read_to_string(file)?;
    Ok(Some(text.trim_start_matches('\u{feff}').to_owned()))
}

fn keys_of(profile: &Profile) -> Option<Credentials> {
    let value = |name| profile.get(name).map(str::trim).filter(|value| !value.is_empty()).map(Secret::new);
    Some(Credentials {
        access_key_id: value("aws_access_key_id")?,
        secret_access_key: value("aws_secret_access_key")?,
        session_token: value("aws_session_token")
            .filter(|token| token.expose().bytes().all(|byte| byte.is_ascii_graphic())),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            "\u{feff}[default]\naws_access_key_id = one\naws_secret_access_key = first\n\
             [r2]\naws_access_key_id = two\naws_secret_access_key = second\naws_session_token = third\n",
            "[profile other]\naws_access_key_id = four\naws_secret_access_key = fourth\n",
        );
        let env = env(home.path());
        let keys = async |name| {
            let found = credentials_of(name, PROFILE, &env).await.unwrap();
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
        assert_eq!(credentials_of("r2", PROFILE, &env).await.unwrap().access_key_id.expose(), "one");
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
            let problem = credentials_of(name, PROFILE, &env).await.unwrap_err();
            assert!(problem.to_string().contains(reason), "{name}: {problem}");
            assert!(!format!("{problem:?}").contains("hunter2"), "{name}");
        }
        let ConfigProblem::Invalid { advice, .. } =
            credentials_of("absent", PROFILE, &env).await.unwrap_err()
        else {
            panic!("another problem");
        };
        assert_eq!(advice, "Known profiles: half, role.");
    }

    #[tokio::test]
    async fn pipes_folders_and_huge_files_are_not_read() {
        let folder = tempfile::tempdir().unwrap();
        let huge = folder.path().join("huge");
        fs::File::create(&huge).unwrap().set_len(LARGEST_FILE + 1).unwrap();
        for odd in [folder.path(), &huge] {
            let odd = odd.to_str().unwrap().to_owned();
            let env = move |name: &str| (name == "AWS_SHARED_CREDENTIALS_FILE").then(|| odd.clone());
            let problem = credentials_of("r2", PROFILE, &env).await.unwrap_err();
            assert!(problem.to_string().contains("cannot be read"), "{problem}");
        }
    }

    #[tokio::test]
    async fn damaged_files_are_reported_without_quoting_them() {
        let home = home("[r2\naws_secret_access_key = hunter2", "");
        let problem = credentials_of("r2", PROFILE, &env(home.path())).await.unwrap_err();
        assert!(!format!("{problem} {problem:?}").contains("hunter2"));
    }
}

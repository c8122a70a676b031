//! Buckets that templates name, and data folders that are opened again.

use std::fs;

use ferry_services::{Resource, Services, ServicesSettings};

use super::{client, pattern, put, read};
use crate::support::settings;

fn bucket(objects: &std::path::Path) -> Resource {
    Resource::Bucket { name: "bucket".to_owned(), region: Some("eu-west-1".to_owned()), objects: Some(objects.to_owned()) }
}

#[test]
fn a_folder_of_objects_is_put_into_a_new_bucket_once() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir_all(folder.path().join("sub/deep")).unwrap();
    fs::write(folder.path().join("a.csv"), "x,y\n").unwrap();
    fs::write(folder.path().join("sub/deep/big.bin"), pattern(2_000_000)).unwrap();
    let services = Services::start(settings()).unwrap();
    assert_eq!(services.create(&[bucket(folder.path())]).unwrap(), Vec::<String>::new());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let client = client(&services);
    runtime.block_on(async {
        assert_eq!(read(&client, "sub/deep/big.bin").await, pattern(2_000_000));
        let head = client.head_object().bucket("bucket").key("a.csv").send().await.unwrap();
        assert_eq!((head.content_type(), head.content_length()), (Some("text/csv"), Some(4)));
        assert_eq!(client.head_bucket().bucket("bucket").send().await.unwrap().bucket_region(), Some("eu-west-1"));
        client.delete_object().bucket("bucket").key("a.csv").send().await.unwrap();
    });
    services.create(&[bucket(folder.path())]).unwrap();
    runtime.block_on(async {
        assert_eq!(
            client.list_objects_v2().bucket("bucket").send().await.unwrap().key_count(),
            Some(1),
            "a bucket that is there stays as it is"
        );
    });
    let missing = Resource::Bucket { name: "other".to_owned(), region: None, objects: Some(folder.path().join("none")) };
    assert_eq!(services.create(&[missing]).unwrap().len(), 1, "a missing folder is a warning");
}

#[test]
fn a_data_folder_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let start = || Services::start(ServicesSettings { data_dir: Some(folder.path().to_owned()), ..settings() }).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let services = start();
    runtime.block_on(async {
        let client = client(&services);
        client.create_bucket().bucket("bucket").send().await.unwrap();
        put(&client, "../é/ a", pattern(3_000_000)).await;
    });
    services.shutdown();
    drop(services);
    let services = start();
    runtime.block_on(async {
        assert_eq!(read(&client(&services), "../é/ a").await, pattern(3_000_000));
    });
}

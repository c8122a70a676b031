//! DynamoDB through the Rust SDK.

mod capacity;
mod ordinary;
mod refused;

use std::collections::HashMap;

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType, PutRequest, ScalarAttributeType, WriteRequest,
};
use ferry_services::Services;

use crate::support::sdk_config;

pub(super) const TABLE: &str = "Registrations";

pub(super) type Item = HashMap<String, AttributeValue>;

pub(super) fn client(services: &Services) -> Client {
    Client::from_conf(sdk_config!(aws_sdk_dynamodb, services).build())
}

/// A table with the partition key `id`.
pub(super) async fn create_table(client: &Client, table: &str) {
    let id = AttributeDefinition::builder().attribute_name("id").attribute_type(ScalarAttributeType::S).build().unwrap();
    let key = KeySchemaElement::builder().attribute_name("id").key_type(KeyType::Hash).build().unwrap();
    let create = client.create_table().table_name(table).attribute_definitions(id).key_schema(key);
    create.billing_mode(BillingMode::PayPerRequest).send().await.unwrap();
}

pub(super) fn text(text: impl Into<String>) -> AttributeValue {
    AttributeValue::S(text.into())
}

pub(super) fn item(id: &str) -> Item {
    HashMap::from([("id".to_owned(), text(id)), ("amount_paid".to_owned(), AttributeValue::N("78.10".to_owned()))])
}

pub(super) fn put(item: Item) -> WriteRequest {
    WriteRequest::builder().put_request(PutRequest::builder().set_item(Some(item)).build().unwrap()).build()
}

pub(super) fn puts(ids: impl IntoIterator<Item = usize>) -> Vec<WriteRequest> {
    ids.into_iter().map(|id| put(item(&format!("{id:06}")))).collect()
}

/// Code and message of an error.
pub(super) fn refusal<E: ProvideErrorMetadata, R>(error: &SdkError<E, R>) -> (String, String) {
    let error = error.as_service_error().expect("the service's error");
    (error.code().unwrap_or_default().to_owned(), error.message().unwrap_or_default().to_owned())
}

/// Every id in the table, in order.
pub(super) async fn ids(client: &Client, table: &str) -> Vec<String> {
    let mut pages = client.scan().table_name(table).consistent_read(true).into_paginator().items().send();
    let mut ids = Vec::new();
    while let Some(item) = pages.next().await {
        ids.push(item.unwrap()["id"].as_s().unwrap().clone());
    }
    ids.sort();
    ids
}

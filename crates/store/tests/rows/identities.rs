//! Customers with two keys: an id and a phone number.

use domain::channel::Address;
use domain::conversation::State;
use domain::time::Micros;
use store::Store;
use store::table::contact::Identity;
use store::table::{contact, conversation, identity};

use crate::engines::on_both_engines;
use crate::fixture::{
    account, address, begun, commit, conflict, conversation as conversation_of, duplicate, newcomer, write,
};

on_both_engines! {
    a_number_belongs_to_one_customer_of_an_account
    a_customer_is_found_by_number_and_renamed
    a_contact_shows_the_number_that_the_channel_tells_until_people_write_another
    two_identities_of_one_customer_become_one
}

fn with_phone(number: i64, user: &str, phone: Option<&str>) -> Identity {
    Identity { address: address(user), phone: phone.map(Into::into), ..newcomer(number) }
}

async fn add(store: &Store, identity: &Identity) {
    commit(store, |batch| identity::insert(batch, identity)).await.unwrap();
}

async fn phone_of(store: &Store, identity: &Identity) -> Option<String> {
    contact::find(store, identity.contact).await.unwrap().unwrap().phone
}

async fn a_number_belongs_to_one_customer_of_an_account(store: Store) {
    add(&store, &with_phone(1, "DE.1", Some("4915100"))).await;
    duplicate(&store, |batch| identity::insert(batch, &with_phone(2, "4915100", Some("4915100")))).await;
    add(&store, &with_phone(3, "DE.3", None)).await;
    add(&store, &with_phone(4, "DE.4", None)).await;
    let third = with_phone(3, "DE.3", None);
    duplicate(&store, |batch| identity::set_phone(batch, &third, Some("4915100"))).await;
}

async fn a_customer_is_found_by_number_and_renamed(store: Store) {
    let known = with_phone(1, "4915100", Some("4915100"));
    add(&store, &known).await;
    let found = identity::by_phone(&store, &account(), "4915100").await.unwrap().unwrap();
    assert_eq!((found.id, found.phone.as_deref()), (known.id, Some("4915100")));
    commit(&store, |batch| identity::rename(batch, &found, "DE.1", Some("4915199"))).await.unwrap();
    assert_eq!(identity::by_phone(&store, &account(), "4915100").await.unwrap(), None);
    let renamed = identity::by_address(&store, &address("DE.1")).await.unwrap().unwrap();
    assert_eq!((renamed.id, renamed.phone.as_deref()), (known.id, Some("4915199")));
    // A writer that read them before the rename must read again.
    conflict(&store, |batch| identity::rename(batch, &found, "DE.2", None)).await;
    conflict(&store, |batch| identity::set_phone(batch, &found, None)).await;
}

async fn a_contact_shows_the_number_that_the_channel_tells_until_people_write_another(store: Store) {
    let known = with_phone(1, "DE.1", Some("4915100"));
    add(&store, &known).await;
    assert_eq!(phone_of(&store, &known).await.as_deref(), Some("+4915100"));
    commit(&store, |batch| identity::set_phone(batch, &known, Some("4915199"))).await.unwrap();
    assert_eq!(phone_of(&store, &known).await.as_deref(), Some("+4915199"));
    let mut person = contact::find(&store, known.contact).await.unwrap().unwrap();
    person.phone = Some("+44 20 1".into());
    commit(&store, |batch| contact::update(batch, &person, None)).await.unwrap();
    let again = identity::by_id(&store, known.id).await.unwrap().unwrap();
    commit(&store, |batch| identity::set_phone(batch, &again, Some("4915200"))).await.unwrap();
    assert_eq!(phone_of(&store, &known).await.as_deref(), Some("+44 20 1"));
}

async fn two_identities_of_one_customer_become_one(store: Store) {
    let by_phone = with_phone(1, "4915100", Some("4915100"));
    let by_id = with_phone(2, "DE.2", None);
    add(&store, &by_phone).await;
    add(&store, &by_id).await;
    write(&store, &begun(conversation_of(1_000, &by_phone, State::Closed))).await;
    write(&store, &begun(conversation_of(2_000, &by_id, State::Bot))).await;
    let by_phone = Identity { last_user_at: Some(Micros(50)), ..by_phone };
    commit(&store, |batch| {
        identity::join(batch, &by_phone, &by_id);
        identity::set_phone(batch, &by_id, Some("4915100"));
    })
    .await
    .unwrap();
    assert_eq!(identity::by_address(&store, &address("4915100")).await.unwrap(), None);
    let one = identity::by_phone(&store, &account(), "4915100").await.unwrap().unwrap();
    assert_eq!((one.id, one.last_user_at), (by_id.id, Some(Micros(50))));
    let moved = conversation::by_id(&store, domain::id::ConversationId(1_000)).await.unwrap().unwrap();
    assert_eq!((moved.identity, moved.contact), (by_id.id, by_id.contact));
    let open = conversation::open_of_customer(&store, &Address::new(account(), "DE.2")).await.unwrap().unwrap();
    assert_eq!(open.id.0, 2_000);
    // The other no longer exists: a second join finds nothing.
    conflict(&store, |batch| identity::join(batch, &by_phone, &by_id)).await;
}

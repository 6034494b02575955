/* request.h - what a client's frames ask for. Inside shim/ only. */
#ifndef SHIM_REQUEST_H
#define SHIM_REQUEST_H

struct client;

/* client->head and body hold a whole frame. */
void request_serve(struct client *client);
/* It hung up, or was hung up on. */
void request_client_left(struct client *client);

#endif

FROM php:8.3-fpm
SHELL ["/bin/bash", "-euo", "pipefail", "-c"]
RUN apt-get update; \
	apt-get install -y --no-install-recommends \
		libicu-dev \
		libzip-dev \
# needed by the image library
		libpng-dev \
	; \
	docker-php-ext-install -j"$(nproc)" intl zip gd; \
	rm -rf /var/lib/apt/lists/*
ADD --checksum=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef \
    https://example/composer.phar /usr/local/bin/composer
RUN chmod +x /usr/local/bin/composer && { \
		echo 'opcache.enable=1'; \
		echo 'opcache.memory_consumption=128'; \
	} > "$PHP_INI_DIR/conf.d/opcache.ini"
COPY docker/php.ini ${PHP_INI_DIR}/
ONBUILD COPY composer.* /var/www/
ONBUILD RUN composer install --no-dev
MAINTAINER web@example

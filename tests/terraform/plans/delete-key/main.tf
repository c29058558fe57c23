# The key is deleted, which the bucket keeps using.
provider "aws" {
  region = "eu-west-1"
}

resource "aws_s3_bucket" "images" {
  bucket = "acme-images"
}

resource "aws_s3_bucket_server_side_encryption_configuration" "images" {
  bucket = aws_s3_bucket.images.id
  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm     = "aws:kms"
      kms_master_key_id = "arn:aws:kms:eu-west-1:111122223333:key/1a2b5aef-aaaa-4bbb-8ccc-ddddeeee0000"
    }
  }
}
